using System.Collections.Immutable;

namespace CloudStream.Cluster.Topics;

/// <summary>A topic as one broker knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id; a topic that is deleted and created again has another.</param>
/// <param name="Shards">For each partition the shard that it lives in; the length is the partition count.</param>
/// <param name="Config">The settings that were set explicitly, by Kafka's names.</param>
public sealed record TopicInfo(string Name, Guid Id, ImmutableArray<int> Shards, ImmutableSortedDictionary<string, string> Config)
{
    /// <summary>Number of partitions.</summary>
    public int PartitionCount => Shards.Length;
}
