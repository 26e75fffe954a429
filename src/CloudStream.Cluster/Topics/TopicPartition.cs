namespace CloudStream.Cluster.Topics;

/// <summary>A partition as clients name it.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number, from 0.</param>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    /// <summary><c>topic-3</c>, as Kafka prints it.</summary>
    public override string ToString() => $"{Topic}-{Partition}";
}
