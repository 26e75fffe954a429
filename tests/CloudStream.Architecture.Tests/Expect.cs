namespace CloudStream.Architecture.Tests;

internal static class Expect
{
    /// <summary>Fails with the whole list: each line is something to mend.</summary>
    public static void None(IEnumerable<string> findings)
    {
        string[] all = [.. findings];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
