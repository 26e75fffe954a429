using System.Text;
using CloudStream.Records;

namespace CloudStream.Proof;

/// <summary>What the records of some batches say.</summary>
public static class BatchValues
{
    public static List<string> Of(ReadOnlyMemory<byte> batches) => [.. WithOffsets(batches).Select(v => v.Value)];

    public static List<(long Offset, string Value)> WithOffsets(ReadOnlyMemory<byte> batches)
    {
        var values = new List<(long, string)>();
        using var reader = RecordBatchReader.Read(batches);
        while (reader.TryRead(out var record))
            values.Add((record.Offset, Encoding.UTF8.GetString(record.Value!.Value.Span)));
        return values;
    }
}
