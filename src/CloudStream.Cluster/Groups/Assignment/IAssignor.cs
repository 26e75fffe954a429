using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// Divides partitions among the consumers of a group, for a leader that this broker speaks for. The same input gives the same result as
/// Kafka's assignor of that name, whoever leads, where members need not keep what they have. Pure.
/// </summary>
public interface IAssignor
{
    /// <summary>Its name as a group protocol.</summary>
    string Name { get; }

    /// <summary>
    /// Whether members keep their partitions while they join, and say which. What is assigned then may lack partitions that another member
    /// has to give back first: that one joins again, and so they come in the next generation. Otherwise members have given everything back
    /// before they join.
    /// </summary>
    bool IsCooperative { get; }

    /// <summary>The partitions of each member, by member id; every member is there.</summary>
    /// <param name="members">The members with their topics.</param>
    /// <param name="partitionCounts">The partitions of each topic; a topic that is missing has none.</param>
    IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts);
}
