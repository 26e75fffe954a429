namespace CloudStream.Cli.Shell;

internal static class Counted
{
    /// <summary><c>1 record</c>, <c>2 records</c>: the number first and unadorned, for scripts.</summary>
    public static string Of(long count, string thing) => count == 1 ? $"1 {thing}" : $"{count} {thing}s";
}
