namespace CloudStream.Engine.Groups.Assignment;

/// <summary>
/// Divides partitions among the consumers of a group, for a leader that this broker speaks for. The same input gives the same result as Kafka's assignor of that name,
/// whoever leads. Pure.
/// </summary>
public interface IAssignor
{
    /// <summary>Its name as a group protocol.</summary>
    string Name { get; }

    /// <summary>The partitions of each member, by member id; every member is there.</summary>
    /// <param name="members">The members with their topics.</param>
    /// <param name="partitionCounts">The partitions of each topic; a topic that is missing has none.</param>
    IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts);
}
