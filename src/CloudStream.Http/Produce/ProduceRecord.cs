using CloudStream.Records;

namespace CloudStream.Http.Produce;

/// <summary>
/// One record of a request while it is on its way into a batch. Reused; its bytes belong to the request and to the parser's scratch memory.
/// </summary>
internal sealed class ProduceRecord
{
    public ReadOnlyMemory<byte>? Key { get; set; }

    public ReadOnlyMemory<byte>? Value { get; set; }

    /// <summary>Whether the request said anything about the key, null included.</summary>
    public bool HasKey { get; set; }

    /// <summary>-1 when the record names none.</summary>
    public int Partition { get; set; } = -1;

    /// <summary>Milliseconds since the Unix epoch; -1 when the record has none.</summary>
    public long TimestampMs { get; set; } = -1;

    public List<RecordHeader> Headers { get; } = [];

    public void Clear()
    {
        (Key, Value, HasKey, Partition, TimestampMs) = (null, null, false, -1, -1);
        Headers.Clear();
    }
}
