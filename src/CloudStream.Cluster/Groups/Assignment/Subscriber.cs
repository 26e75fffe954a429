using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>A member as assignors see it.</summary>
/// <param name="MemberId">Its id.</param>
/// <param name="GroupInstanceId">A static member's instance id, or null.</param>
/// <param name="Topics">The topics that it wants.</param>
public sealed record Subscriber(string MemberId, string? GroupInstanceId, IReadOnlyList<string> Topics)
{
    /// <summary>The partitions that it has and would keep.</summary>
    public IReadOnlyList<TopicPartition> Owned { get; init; } = [];

    /// <summary>The generation in which it got them; -1 where it does not say.</summary>
    public int Generation { get; init; } = -1;

    /// <summary>
    /// Kafka's order: static members before others and by instance id, the others by member id, so that a static member's place outlasts
    /// its member ids.
    /// </summary>
    internal static IComparer<Subscriber> Order { get; } = Comparer<Subscriber>.Create(static (a, b) =>
        a.GroupInstanceId is not null && b.GroupInstanceId is not null ? string.CompareOrdinal(a.GroupInstanceId, b.GroupInstanceId)
        : a.GroupInstanceId is not null ? -1
        : b.GroupInstanceId is not null ? 1
        : string.CompareOrdinal(a.MemberId, b.MemberId));
}
