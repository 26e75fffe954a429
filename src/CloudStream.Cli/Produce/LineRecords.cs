namespace CloudStream.Cli.Produce;

/// <summary>One record per line: the line is the value, or key and value around the first separator. A line without the separator has no key.</summary>
internal sealed class LineRecords(byte[] keySeparator, int partition)
{
    public InputRecord Parse(ReadOnlySpan<byte> line)
    {
        int at = keySeparator.Length == 0 ? -1 : line.IndexOf(keySeparator);
        ReadOnlyMemory<byte>? key = at < 0 ? default(ReadOnlyMemory<byte>?) : line[..at].ToArray();
        ReadOnlySpan<byte> value = at < 0 ? line : line[(at + keySeparator.Length)..];
        return new InputRecord(key, value.ToArray(), [], partition);
    }
}
