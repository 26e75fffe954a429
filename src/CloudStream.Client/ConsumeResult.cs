namespace CloudStream.Client;

/// <summary>A message and where it was read.</summary>
/// <typeparam name="TKey">Type of the key.</typeparam>
/// <typeparam name="TValue">Type of the value.</typeparam>
public sealed record ConsumeResult<TKey, TValue>
{
    /// <summary>The topic's name.</summary>
    public required string Topic { get; init; }

    /// <summary>From 0.</summary>
    public required int Partition { get; init; }

    /// <summary>The record's offset.</summary>
    public required long Offset { get; init; }

    /// <summary>The record's timestamp, in milliseconds since the Unix epoch; -1 for none.</summary>
    public required long TimestampMs { get; init; }

    /// <summary>The key.</summary>
    public required TKey Key { get; init; }

    /// <summary>The value.</summary>
    public required TValue Value { get; init; }

    /// <summary>The headers; empty where there are none.</summary>
    public required Headers Headers { get; init; }

    /// <summary>The record's timestamp.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(TimestampMs);

    /// <summary>The partition.</summary>
    public TopicPartition TopicPartition => new(Topic, Partition);

    /// <summary>Where it was read.</summary>
    public TopicPartitionOffset TopicPartitionOffset => new(Topic, Partition, Offset);

    /// <summary>Key, value, headers and timestamp.</summary>
    public Message<TKey, TValue> Message => new() { Key = Key, Value = Value, Headers = Headers, Timestamp = Timestamp };
}
