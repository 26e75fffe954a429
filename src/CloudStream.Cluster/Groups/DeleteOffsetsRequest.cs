using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups;

/// <summary>Committed offsets are taken out of a group.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Partitions">The partitions.</param>
/// <param name="Anywhere">Do so even where this broker does not coordinate the group; the group must then have no members. A broker without
/// leases always does.</param>
public sealed record DeleteOffsetsRequest(string GroupId, IReadOnlyList<TopicPartition> Partitions, bool Anywhere = false);
