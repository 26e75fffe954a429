using CloudStream.Records;

namespace CloudStream.Client;

/// <summary>
/// A record to be produced, as bytes. The bytes must not change before the producer's task is complete; then they are copied.
/// </summary>
public readonly struct ProduceRecord
{
    /// <summary>The key; null for none. Decides the partition, unless <see cref="Partition"/> is set.</summary>
    public ReadOnlyMemory<byte>? Key { get; init; }

    /// <summary>The value; null is a tombstone, which is not the same as empty.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    /// <summary>Headers, if any.</summary>
    public IReadOnlyList<RecordHeader>? Headers { get; init; }

    /// <summary>The partition; null lets the partitioner choose.</summary>
    public int? Partition { get; init; }

    /// <summary>Milliseconds since the Unix epoch; null is now.</summary>
    public long? TimestampMs { get; init; }
}
