using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups;

/// <summary>
/// Committed offsets are asked for. They are read strongly: a commit that was acknowledged to anybody before the call is seen.
/// </summary>
public sealed record FetchOffsetsRequest
{
    /// <summary>The group.</summary>
    public required string GroupId { get; init; }

    /// <summary>The partitions; null for all that have an offset.</summary>
    public IReadOnlyList<TopicPartition>? Partitions { get; init; }

    /// <summary>
    /// Whether partitions with pending transactional offsets are refused (UnstableOffsetCommit) rather than answered with the offset
    /// before.
    /// </summary>
    public bool RequireStable { get; init; }

    /// <summary>Answer even where this broker does not coordinate the group (HTTP, tools). A broker without leases always does.</summary>
    public bool Anywhere { get; init; }
}
