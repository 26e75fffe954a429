namespace CloudStream.Client;

/// <summary>A place in a partition.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">From 0.</param>
/// <param name="Offset">An offset, <see cref="Offset.Beginning"/>, <see cref="Offset.End"/> or a time.</param>
public readonly record struct TopicPartitionOffset(string Topic, int Partition, Offset Offset)
{
    public TopicPartitionOffset(TopicPartition partition, Offset offset)
        : this(partition.Topic, partition.Partition, offset)
    {
    }

    /// <summary>The partition.</summary>
    public TopicPartition TopicPartition => new(Topic, Partition);

    /// <summary><c>topic[partition]@offset</c></summary>
    public override string ToString() => $"{Topic}[{Partition}]@{Offset}";
}
