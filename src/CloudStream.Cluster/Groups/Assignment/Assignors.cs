using System.Buffers.Binary;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// The assignors that a member that lives on the server can offer and, as a leader, carry out for a whole group, members of other kinds
/// included.
/// </summary>
public static class Assignors
{
    /// <summary>All of them, the preferred one first.</summary>
    public static IReadOnlyList<IAssignor> All { get; } = [new RangeAssignor(), new RoundRobinAssignor(), new CooperativeStickyAssignor()];

    /// <summary>The assignor of a group protocol, or null.</summary>
    public static IAssignor? Find(string? name) => All.FirstOrDefault(a => a.Name == name);

    /// <summary>
    /// Whether a member that offers these assignors keeps its partitions while it joins: only if whichever is elected lets it.
    /// </summary>
    public static bool AreCooperative(IReadOnlyList<string> names) => names.All(name => Find(name) is { IsCooperative: true });

    /// <summary>What a consumer joins with: each of these assignors as a protocol.</summary>
    /// <param name="names">The assignors, the preferred one first.</param>
    /// <param name="subscription">What it wants, and what it has where <see cref="AreCooperative"/>.</param>
    public static IReadOnlyList<GroupProtocol> ProtocolsFor(IReadOnlyList<string> names, ConsumerSubscription subscription)
    {
        if (AreCooperative(names))
        {
            // Older leaders look for the generation here, as they know no version 2 of the subscription.
            var generation = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(generation, subscription.GenerationId);
            subscription = subscription with { UserData = generation };
        }

        var metadata = subscription.Write();
        return [.. names.Select(name => new GroupProtocol(name, metadata))];
    }

    /// <summary>What members want and have, from what they joined with; a member that says nothing readable wants nothing.</summary>
    public static IReadOnlyList<Subscriber> SubscribersOf(IReadOnlyList<JoinedMember> members) => [.. members.Select(SubscriberOf)];

    /// <summary>Carries out a leader's duty: what to sync with, by member id.</summary>
    /// <param name="protocolName">The elected protocol.</param>
    /// <param name="members">The members that the leader was told of.</param>
    /// <param name="partitionCounts">The partitions of each topic that <see cref="SubscribersOf"/> names; a topic that is missing has
    /// none.</param>
    /// <exception cref="ArgumentException">There is no such assignor here; a member only offers those that there are.</exception>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assign(
        string? protocolName, IReadOnlyList<JoinedMember> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var assignor = Find(protocolName) ?? throw new ArgumentException($"There is no assignor '{protocolName}'.", nameof(protocolName));
        return assignor.Assign(SubscribersOf(members), partitionCounts)
            .ToDictionary(a => a.Key, a => new ConsumerAssignment { Partitions = a.Value }.Write(version: 0), StringComparer.Ordinal);
    }

    private static Subscriber SubscriberOf(JoinedMember member) => ConsumerSubscription.TryRead(member.Metadata.Span, out var subscription)
        ? new Subscriber(member.MemberId, member.GroupInstanceId, subscription.Topics)
        {
            Owned = subscription.OwnedPartitions,
            Generation = subscription.OwnerGeneration
        }
        : new Subscriber(member.MemberId, member.GroupInstanceId, []);
}
