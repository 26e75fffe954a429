namespace CloudStream.Engine.Groups.Assignment;

/// <summary>The assignors that a member that lives on the server can offer and, as a leader, carry out for a whole group, members of other kinds included.</summary>
public static class Assignors
{
    /// <summary>All of them, the preferred one first.</summary>
    public static IReadOnlyList<IAssignor> All { get; } = [new RangeAssignor(), new RoundRobinAssignor()];

    /// <summary>The assignor of a group protocol, or null.</summary>
    public static IAssignor? Find(string? name) => All.FirstOrDefault(a => a.Name == name);

    /// <summary>What a consumer of these topics joins with: each assignor as a protocol.</summary>
    public static IReadOnlyList<GroupProtocol> ProtocolsFor(IReadOnlyList<string> topics)
    {
        var metadata = new ConsumerSubscription { Topics = topics }.Write();
        return [.. All.Select(a => new GroupProtocol(a.Name, metadata))];
    }

    /// <summary>The topics that members want, from what they joined with; a member that says nothing readable wants none.</summary>
    public static IReadOnlyList<Subscriber> SubscribersOf(IReadOnlyList<JoinedMember> members) =>
        [.. members.Select(m => new Subscriber(m.MemberId, m.GroupInstanceId, ConsumerSubscription.TryRead(m.Metadata.Span, out var s) ? s.Topics : []))];

    /// <summary>Carries out a leader's duty: what to sync with, by member id.</summary>
    /// <param name="protocolName">The elected protocol.</param>
    /// <param name="members">The members that the leader was told of.</param>
    /// <param name="partitionCounts">The partitions of each topic that <see cref="SubscribersOf"/> names; a topic that is missing has none.</param>
    /// <exception cref="ArgumentException">There is no such assignor here; a member only offers those that there are.</exception>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assign(
        string? protocolName, IReadOnlyList<JoinedMember> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var assignor = Find(protocolName) ?? throw new ArgumentException($"There is no assignor '{protocolName}'.", nameof(protocolName));
        return assignor.Assign(SubscribersOf(members), partitionCounts)
            .ToDictionary(a => a.Key, a => new ConsumerAssignment { Partitions = a.Value }.Write(version: 0), StringComparer.Ordinal);
    }
}
