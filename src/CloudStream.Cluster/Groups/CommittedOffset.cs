using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups;

/// <summary>What a group has committed for a partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Error">None (nothing committed is no error) or UnstableOffsetCommit.</param>
/// <param name="Offset">The offset of the record to read next; -1 for nothing committed.</param>
/// <param name="LeaderEpoch">The leader epoch that was committed with it; -1 for unknown.</param>
/// <param name="Metadata">What the client left with it; empty for nothing.</param>
/// <param name="CommitTimestamp">When it was committed, milliseconds since 1970 by the clock of the broker that took it; -1 for nothing
/// committed.</param>
public readonly record struct CommittedOffset(
    TopicPartition Partition, GroupError Error, long Offset = -1, int LeaderEpoch = -1, string Metadata = "", long CommitTimestamp = -1)
{
    /// <summary>The topic that it is of, as the name says it now may mean another one; null for nothing committed.</summary>
    public Guid? TopicId { get; init; }
}
