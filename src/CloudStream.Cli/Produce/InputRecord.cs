namespace CloudStream.Cli.Produce;

/// <summary>One record to produce, as read from the input. Owns its bytes.</summary>
/// <param name="Key">Null for no key.</param>
/// <param name="Value">Null for a tombstone.</param>
/// <param name="Headers">In order; names may repeat.</param>
/// <param name="Partition">-1: chosen by key.</param>
/// <param name="TimestampMs">-1: now.</param>
internal sealed record InputRecord(
    ReadOnlyMemory<byte>? Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> Headers,
    int Partition = -1,
    long TimestampMs = -1);
