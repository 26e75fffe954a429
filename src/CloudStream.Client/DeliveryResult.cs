namespace CloudStream.Client;

/// <summary>Where an acknowledged record is in the log.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition, chosen or given.</param>
/// <param name="Offset">The record's offset.</param>
/// <param name="TimestampMs">The record's timestamp in the log, in milliseconds since the Unix epoch.</param>
public readonly record struct DeliveryResult(string Topic, int Partition, long Offset, long TimestampMs)
{
    /// <summary>The partition.</summary>
    public TopicPartition TopicPartition => new(Topic, Partition);

    /// <summary>The place in the log.</summary>
    public TopicPartitionOffset TopicPartitionOffset => new(Topic, Partition, Offset);

    /// <summary>The record's timestamp in the log.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(TimestampMs);
}
