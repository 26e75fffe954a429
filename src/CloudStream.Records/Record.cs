namespace CloudStream.Records;

/// <summary>
/// One record as read from a batch. Key, value and headers point into memory that the <see cref="RecordReader"/> or its caller owns;
/// they live until the reader is disposed, unless <see cref="Copy"/> is called.
/// </summary>
public readonly struct Record
{
    public long Offset { get; init; }

    /// <summary>Milliseconds since the Unix epoch; -1 for none.</summary>
    public long Timestamp { get; init; }

    public ReadOnlyMemory<byte>? Key { get; init; }

    /// <summary>Null is a tombstone, which is not the same as empty.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    public RecordHeaders Headers { get; init; }

    public int HeaderCount => Headers.Count;

    /// <summary>The same record in memory of its own.</summary>
    public Record Copy() => new()
    {
        Offset = Offset,
        Timestamp = Timestamp,
        Key = Key is { } key ? key.ToArray() : default(ReadOnlyMemory<byte>?),
        Value = Value is { } value ? value.ToArray() : default(ReadOnlyMemory<byte>?),
        Headers = Headers.Copy(),
    };
}
