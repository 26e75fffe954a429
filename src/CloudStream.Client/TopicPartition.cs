namespace CloudStream.Client;

/// <summary>A partition of a topic, by name and number.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">From 0.</param>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    /// <summary><c>topic[partition]</c></summary>
    public override string ToString() => $"{Topic}[{Partition}]";
}
