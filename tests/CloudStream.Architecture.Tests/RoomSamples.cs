namespace CloudStream.Architecture.Tests;

// What the reader of compiled code must see: one class that uses a type in each way in which code can.
internal sealed class UsedInLocal;

internal sealed class UsedInClosure;

internal sealed class UsedAfterAwait;

internal sealed class UsedAsArgument;

internal sealed class UsedAsCatch : Exception;

internal class UsedToDeriveFrom;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class UsedInAttributeAttribute : Attribute;

[UsedInAttribute]
internal sealed class UsesAll : UsedToDeriveFrom
{
    public static async Task<int> RunAsync(Task before)
    {
        Func<object> closure = () => new UsedInClosure();
        await before;
        try
        {
            UsedInLocal[] local = [];
            return closure.Invoke().GetHashCode() + local.Length + new UsedAfterAwait().GetHashCode() + new List<UsedAsArgument>().Count;
        }
        catch (UsedAsCatch)
        {
            return 0;
        }
    }
}
