using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups;

/// <summary>An offset to commit.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset of the record to read next.</param>
/// <param name="LeaderEpoch">The leader epoch of the last record that was read; -1 for unknown.</param>
/// <param name="Metadata">Anything the client wants back with it; null counts as empty.</param>
public readonly record struct OffsetCommit(TopicPartition Partition, long Offset, int LeaderEpoch = -1, string? Metadata = null)
{
    /// <summary>The topic that the offset is of, where the caller knows: then it is refused once the name means another one.</summary>
    public Guid? TopicId { get; init; }
}
