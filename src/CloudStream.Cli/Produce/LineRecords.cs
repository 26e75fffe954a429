using CloudStream.Client;

namespace CloudStream.Cli.Produce;

/// <summary>
/// One record per line: the line is the value, or key and value around the first separator. A line without the separator has no key.
/// </summary>
internal sealed class LineRecords(byte[] keySeparator, int? partition) : IRecordParser
{
    public ProduceRecord Parse(ReadOnlyMemory<byte> line)
    {
        int at = keySeparator.Length == 0 ? -1 : line.Span.IndexOf(keySeparator);
        if (at < 0)
            return new ProduceRecord { Value = line, Partition = partition };
        return new ProduceRecord { Key = line[..at], Value = line[(at + keySeparator.Length)..], Partition = partition };
    }
}
