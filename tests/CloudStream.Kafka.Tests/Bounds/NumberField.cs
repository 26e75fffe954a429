using System.Collections;
using System.Reflection;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Bounds;

/// <summary>A number somewhere in a request: found once, set in any request of the same shape.</summary>
/// <param name="Path">The properties that lead to it; lists stand for their first item.</param>
/// <param name="Type">Its type.</param>
internal sealed record NumberField(IReadOnlyList<PropertyInfo> Path, Type Type)
{
    /// <summary>Every number of the request, those in structures and in lists as well.</summary>
    public static IEnumerable<NumberField> Of(KafkaRequest request) => Of(request, []);

    /// <summary>The values at which code that counts goes wrong.</summary>
    public IEnumerable<object> Bounds() => Type.GetTypeCode(Type) switch
    {
        TypeCode.SByte => [sbyte.MinValue, (sbyte)-1, (sbyte)0, (sbyte)1, sbyte.MaxValue],
        TypeCode.Int16 => [short.MinValue, (short)-1, (short)0, (short)1, short.MaxValue],
        TypeCode.UInt16 => [ushort.MinValue, (ushort)1, ushort.MaxValue],
        TypeCode.Int32 => [int.MinValue, -1, 0, 1, int.MaxValue],
        TypeCode.UInt32 => [uint.MinValue, 1u, uint.MaxValue],
        TypeCode.Int64 => [long.MinValue, -1L, 0L, 1L, long.MaxValue],
        _ => [double.MinValue, -1.0, 0.0, double.Epsilon, double.MaxValue, double.NaN],
    };

    public void Set(KafkaRequest request, object value)
    {
        object owner = request;
        foreach (var step in Path.SkipLast(1))
            owner = step.GetValue(owner) is IList list ? list[0]! : step.GetValue(owner)!;
        if (Path[^1].GetValue(owner) is IList numbers)
            numbers[0] = value;
        else
            Path[^1].SetValue(owner, value);
    }

    public override string ToString() => string.Join('.', Path.Select(static p => p.Name));

    private static IEnumerable<NumberField> Of(object owner, IReadOnlyList<PropertyInfo> path)
    {
        foreach (var property in owner.GetType().GetProperties().Where(static p => p.CanWrite))
        {
            var value = property.GetValue(owner);
            if (value is IList { Count: > 0 } list)
                value = list[0];
            if (value is null or string or bool or IList)
                continue;
            IReadOnlyList<PropertyInfo> here = [.. path, property];
            if (value.GetType().IsPrimitive)
                yield return new NumberField(here, value.GetType());
            else if (value.GetType().IsClass)
            {
                foreach (var inner in Of(value, here))
                    yield return inner;
            }
        }
    }
}
