namespace CloudStream.Cluster.Groups;

/// <summary>How far a group is behind, partition by partition.</summary>
/// <param name="Group">The group and its members.</param>
/// <param name="Partitions">Partitions that have a committed offset or are assigned to a member, by topic and partition. Empty on
/// error.</param>
public sealed record GroupLag(GroupDescription Group, IReadOnlyList<PartitionLag> Partitions);

/// <summary>How far a group is behind on a partition.</summary>
/// <param name="Committed">What the group has committed; offset -1 for nothing.</param>
/// <param name="LogStartOffset">The first offset that can be read.</param>
/// <param name="HighWatermark">One past the last record.</param>
/// <param name="MemberId">The member that the partition is assigned to; null for nobody, or when only another broker knows.</param>
public sealed record PartitionLag(CommittedOffset Committed, long LogStartOffset, long HighWatermark, string? MemberId)
{
    /// <summary>Records between the committed offset and the high watermark, never below 0; null when nothing is committed.</summary>
    public long? Lag => Committed.Offset < 0 ? null : Math.Max(0, HighWatermark - Committed.Offset);
}
