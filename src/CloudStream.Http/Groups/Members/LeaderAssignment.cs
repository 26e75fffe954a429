using CloudStream.Engine;
using CloudStream.Engine.Groups;
using CloudStream.Engine.Groups.Assignment;

namespace CloudStream.Http.Groups.Members;

/// <summary>What a member that speaks HTTP does when it leads its group: assign partitions to all members, Kafka clients among them.</summary>
/// <param name="Assignments">Assignments by member id.</param>
/// <param name="PartitionCounts">The topics that were looked at, and how many partitions each has.</param>
internal sealed record LeaderAssignment(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assignments, IReadOnlyDictionary<string, int> PartitionCounts)
{
    private const string Range = "range";

    /// <summary>The assignors that there are, the preferred one first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Range, "roundrobin"];

    public static async ValueTask<LeaderAssignment> MakeAsync(IBroker broker, JoinGroupResult joined, CancellationToken cancellationToken)
    {
        var members = joined.Members.Select(m => new Subscriber(m, TopicsOf(m))).Order(Subscriber.Order).ToList();
        var counts = await TopicWatch.CountAsync(broker, members.SelectMany(m => m.Topics), cancellationToken);
        var shares = members.ToDictionary(m => m.Member.MemberId, _ => new List<TopicPartition>(), StringComparer.Ordinal);
        if (joined.ProtocolName == Range)
            AssignRanges(members, counts, shares);
        else
            AssignInTurn(members, counts, shares);
        return new LeaderAssignment(shares.ToDictionary(s => s.Key, s => new ConsumerAssignment { Partitions = s.Value }.Write(), StringComparer.Ordinal), counts);
    }

    // Each topic by itself: a run of neighbours to each member, the first members one more where it does not divide.
    private static void AssignRanges(List<Subscriber> members, Dictionary<string, int> counts, Dictionary<string, List<TopicPartition>> shares)
    {
        foreach (var (topic, count) in counts)
        {
            var wanting = members.FindAll(m => m.Topics.Contains(topic));
            var next = 0;
            for (var i = 0; i < wanting.Count; i++)
            {
                for (var left = (count / wanting.Count) + (i < count % wanting.Count ? 1 : 0); left > 0; left--)
                    shares[wanting[i].Member.MemberId].Add(new TopicPartition(topic, next++));
            }
        }
    }

    // All partitions, dealt like cards; who does not want a topic is passed over.
    private static void AssignInTurn(List<Subscriber> members, Dictionary<string, int> counts, Dictionary<string, List<TopicPartition>> shares)
    {
        var turn = 0;
        foreach (var (topic, count) in counts.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            for (var partition = 0; partition < count; partition++)
            {
                while (!members[turn % members.Count].Topics.Contains(topic))
                    turn++;
                shares[members[turn++ % members.Count].Member.MemberId].Add(new TopicPartition(topic, partition));
            }
        }
    }

    private static IReadOnlyList<string> TopicsOf(JoinedMember member) =>
        ConsumerSubscription.TryRead(member.Metadata.Span, out var subscription) ? subscription.Topics : [];

    // Static members first, by the names that last, so that a restart moves nothing.
    private sealed record Subscriber(JoinedMember Member, IReadOnlyList<string> Topics)
    {
        public static readonly Comparer<Subscriber> Order = Comparer<Subscriber>.Create((a, b) => (a.Member.GroupInstanceId, b.Member.GroupInstanceId) switch
        {
            ({ } left, { } right) => string.CompareOrdinal(left, right),
            (not null, null) => -1,
            (null, not null) => 1,
            _ => string.CompareOrdinal(a.Member.MemberId, b.Member.MemberId),
        });
    }
}
