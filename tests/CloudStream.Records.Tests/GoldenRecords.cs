using System.Text;

namespace CloudStream.Records.Tests;

/// <summary>The four records of the golden batches, and what reading them must give.</summary>
internal static class GoldenRecords
{
    public static void AssertRead(ReadOnlyMemory<byte> batch, long? logAppendTime = null)
    {
        using var reader = RecordBatchReader.Read(batch);
        Assert.Equal(
            [
                $"0 {logAppendTime ?? 1_700_000_000_000} key-1 value-1 value-1 value-1 value-1 h1=one h2=null",
                $"1 {logAppendTime ?? 1_700_000_000_500} null no key",
                $"2 {logAppendTime ?? 1_699_999_999_000} tombstone null",
                $"3 {logAppendTime ?? 1_700_000_000_123}  ",
            ],
            Lines(reader));
    }

    public static List<string> Lines(RecordReader reader)
    {
        var lines = new List<string>();
        foreach (var record in reader)
            lines.Add(Line(record));
        return lines;
    }

    public static string Line(Record record)
    {
        var line = $"{record.Offset} {record.Timestamp} {Text(record.Key)} {Text(record.Value)}";
        foreach (var header in record.Headers)
            line += $" {header.Key}={Text(header.Value)}";
        return line;
    }

    private static string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? Encoding.UTF8.GetString(b.Span) : "null";
}
