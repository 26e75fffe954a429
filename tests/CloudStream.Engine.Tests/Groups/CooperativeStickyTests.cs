using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>
/// The cooperative assignor, in a notation of its own: <c>member:topics|owned|generation</c>. In generations that follow each other,
/// members do what clients do: take what they are assigned, give back the rest, and join again if they gave something back.
/// </summary>
public sealed class CooperativeStickyTests
{
    private static readonly IAssignor s_assignor = Assignors.Find("cooperative-sticky")!;

    [Theory]
    [InlineData("a:t b:t", "t=4", "a=t-0,t-2 b=t-1,t-3")]
    [InlineData("a:t,u b:t,u", "t=3 u=3", "a=t-0,t-2,u-1 b=t-1,u-0,u-2")]
    [InlineData("a:t b:t c:t", "t=2", "a=t-0 b=t-1 c=")]
    [InlineData("a:gone b:t", "t=2", "a= b=t-0,t-1")]
    [InlineData("b:t a@1:t", "t=3", "a=t-0,t-2 b=t-1")]
    [InlineData("a:t b:t,u", "t=2 u=2", "a=t-0,t-1 b=u-0,u-1")]
    public void Those_who_have_nothing_are_given_equal_shares(string members, string topics, string expected) =>
    Assert.Equal(expected, Assign(members, topics));

    [Theory]
    [InlineData("a:t|t-0,t-1|1 b:t|t-2,t-3|1", "t=4", "a=t-0,t-1 b=t-2,t-3")]
    [InlineData("a:t|t-1,t-2|1 b:t|t-0|1", "t=4", "a=t-1,t-2 b=t-0,t-3")]
    [InlineData("a:t|t-0,t-1,t-2|1 b:t|t-3,t-4|1", "t=5", "a=t-0,t-1,t-2 b=t-3,t-4")]
    [InlineData("a:t|t-0,t-3|1", "t=4", "a=t-0,t-1,t-2,t-3")]
    public void Who_has_no_more_than_a_fair_share_keeps_it(string members, string topics, string expected) =>
    Assert.Equal(expected, Assign(members, topics));

    [Theory]
    [InlineData("a:t|t-0,t-1,t-2,t-3|1 b:t", "t=4", "a=t-0,t-1 b=")]
    [InlineData("a:t|t-0,t-1,t-2|1 b:t|t-3|1 c:t", "t=5", "a=t-0,t-1 b=t-3 c=t-4")]
    [InlineData("a:t|t-0,t-1|1 b:t,u|u-0,u-1|1", "t=2 u=2", "a=t-0,t-1 b=u-0,u-1")]
    public void What_has_to_move_is_nobodys_until_its_owner_has_given_it_back(string members, string topics, string expected) =>
    Assert.Equal(expected, Assign(members, topics));

    [Fact]
    public void The_generation_after_assigns_what_was_given_back()
    {
        Assert.Equal("a=t-0,t-1 b=", Assign("a:t|t-0,t-1,t-2,t-3|1 b:t", "t=4"));
        Assert.Equal("a=t-0,t-1 b=t-2,t-3", Assign("a:t|t-0,t-1|2 b:t||2", "t=4"));
    }

    [Theory]
    [InlineData("a:t|t-0,t-1|5 b:t|t-0,t-1|4", "t=2", "a=t-0 b=")] // t-1 is to be b's, but for now it is a's.
    [InlineData("a:t|t-0|5 b:t|t-0|4", "t=2", "a=t-0 b=t-1")]
    [InlineData("a:t|t-0|4 b:t|t-0|5", "t=2", "a=t-1 b=t-0")]
    [InlineData("a:t|t-0|-1 b:t|t-0|0", "t=2", "a=t-1 b=t-0")]
    public void Of_two_that_say_they_have_a_partition_the_one_of_the_later_generation_has_it(
        string members, string topics, string expected) =>
            Assert.Equal(expected, Assign(members, topics));

    [Theory]
    [InlineData("a:t|t-0|5 b:t|t-0|5 c:t|t-1|5", "t=3", "a= b=t-2 c=t-1")] // It is to be a's, and both give it back first.
    [InlineData("a:t|t-0,t-1|5 b:t|t-0,t-2|5 c:t", "t=3", "a=t-1 b=t-2 c=")]
    [InlineData("a:t|t-0|4 b:t|t-0|4 c:t|t-0|6", "t=1", "a= b= c=t-0")]
    public void What_two_say_they_have_since_the_same_generation_neither_has(string members, string topics, string expected) =>
    Assert.Equal(expected, Assign(members, topics));

    [Theory]
    [InlineData("a:t|t-0,u-0|1 b:u", "t=1 u=1", "a=t-0 b=")] // a does not want u any more, and b gets it when a has said so.
    [InlineData("a:t|t-0,t-9|1", "t=1", "a=t-0")]
    [InlineData("a:t|t-0,t-0|1 b:t", "t=2", "a=t-0 b=t-1")]
    public void Owning_what_is_not_wanted_or_does_not_exist_wins_nothing(string members, string topics, string expected) =>
    Assert.Equal(expected, Assign(members, topics));

    [Fact]
    public void Partitions_pass_through_members_that_share_topics_with_both()
    {
        // a has too much, c too little, and only b knows topics of both.
        var group = new Group("t=4 u=2", "a:t", "b:t,u", "c:u");
        group.Own("a", "t-0,t-1,t-2,t-3");
        group.Own("b", "u-0,u-1");
        group.Settle();
        Assert.Equal([2, 2, 2], group.Loads);
    }

    [Fact]
    public void A_newcomer_takes_one_partition_of_each_and_nothing_else_moves()
    {
        var group = new Group("t=12", "a:t", "b:t", "c:t");
        group.Settle();
        var before = group.Owners();
        group.Join("d:t");
        group.Settle();
        var after = group.Owners();
        Assert.Equal([3, 3, 3, 3], group.Loads);
        Assert.Equal(3, before.Count(o => after[o.Key] != o.Value));
        Assert.All(before.Where(o => after[o.Key] != o.Value), o => Assert.Equal("d", after[o.Key]));
    }

    [Fact]
    public void What_a_member_that_left_had_goes_to_the_others_at_once_and_they_keep_theirs()
    {
        var group = new Group("t=9", "a:t", "b:t", "c:t");
        group.Settle();
        var before = group.Owners();
        group.Leave("b");
        Assert.Equal(1, group.Settle());
        var after = group.Owners();
        Assert.Equal([4, 5], group.Loads.Order());
        Assert.All(before.Where(o => o.Value != "b"), o => Assert.Equal(o.Value, after[o.Key]));
    }

    [Fact]
    public void Whatever_groups_become_they_settle_balanced_and_nothing_ever_has_two_owners()
    {
        var random = new Random(17);
        for (var run = 0; run < 200; run++)
        {
            var topics = Enumerable.Range(0, 1 + random.Next(4)).Select(t => $"t{t}").ToArray();
            var group = new Group(string.Join(' ', topics.Select(t => $"{t}={random.Next(9)}")));
            for (var step = 0; step < 12; step++)
            {
                if (group.Size > 0 && random.Next(3) == 0)
                    group.Leave(group.Members[random.Next(group.Size)].MemberId);
                else
                    group.Join($"m{run}.{step}:{string.Join(',', topics.Where((_, i) => i == 0 || random.Next(2) == 0))}");
                if (group.Size == 0)
                    continue;
                if (random.Next(3) == 0)
                    group.Generation(); // Others come or go before it has settled.
                else
                    Assert.InRange(group.Settle(), 1, 4);
            }

            if (group.Size == 0)
                continue;
            group.Settle();
            group.RequireBalance();
        }
    }

    [Fact]
    public void Thousands_of_partitions_are_divided_among_a_thousand_members_and_one_more_takes_five_of_them()
    {
        var members = Enumerable.Range(0, 1000).Select(i => new Subscriber($"m{i:d4}", null, ["t", "u"])).ToList();
        var counts = new Dictionary<string, int> { ["t"] = 3000, ["u"] = 2500 };
        var first = s_assignor.Assign(members, counts);
        var again = s_assignor.Assign(
            [.. members.Select(m => m with { Owned = first[m.MemberId], Generation = 1 }),
                new Subscriber("new", null, ["t", "u"])], counts);
        Assert.Equal(5500, first.Values.Sum(p => p.Count));
        Assert.Equal(5495, again.Values.Sum(p => p.Count));
    }

    [Fact]
    public void The_generation_is_read_where_clients_of_each_kind_say_it()
    {
        var java = new ConsumerSubscription { Topics = ["t"], UserData = new byte[] { 0, 0, 0, 7 } };
        var librdkafka = new ConsumerSubscription
        {
            Topics = ["t"],
            UserData = Convert.FromHexString("00000001" + "000174" + "00000001" + "00000000" + "00000009")
        };
        Assert.Equal([7, 9], ((ConsumerSubscription[])[java, librdkafka]).Select(
            s => ConsumerSubscription.TryRead(s.Write(1).Span, out var read) ? read.OwnerGeneration : 0));
        Assert.Equal(3, (java with { GenerationId = 3 }).OwnerGeneration);
        Assert.Equal(-1, new ConsumerSubscription { Topics = ["t"] }.OwnerGeneration);
    }

    [Fact]
    public void Members_offer_what_they_have_only_where_every_assignor_of_theirs_is_cooperative()
    {
        Assert.True(Assignors.AreCooperative(["cooperative-sticky"]));
        Assert.False(Assignors.AreCooperative(["range", "cooperative-sticky"]));
        Assert.False(Assignors.AreCooperative(["unknown"]));
        Assert.Equal(["range", "roundrobin", "cooperative-sticky"], Assignors.All.Select(a => a.Name));

        var protocol = Assert.Single(Assignors.ProtocolsFor(["cooperative-sticky"],
            new ConsumerSubscription { Topics = ["t"], OwnedPartitions = [new TopicPartition("t", 1)], GenerationId = 5 }));
        Assert.Equal(
            "0003" + "00000001" + "000174" + "00000004" + "00000005" + "00000001" + "000174" + "00000001" + "00000001"
                + "00000005" + "FFFF",
            Convert.ToHexString(protocol.Metadata.Span));
    }

    private static string Assign(string members, string topics) =>
        string.Join(' ', s_assignor.Assign([.. members.Split(' ').Select(Member)], Counts(topics)).OrderBy(
            a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={string.Join(',', a.Value)}"));

    private static Subscriber Member(string text)
    {
        var parts = text.Split(':', '|');
        var name = parts[0].Split('@');
        return new Subscriber(name[0], name.ElementAtOrDefault(1), parts[1].Split(','))
        {
            Owned = Partitions(parts.ElementAtOrDefault(2)),
            Generation = int.Parse(parts.ElementAtOrDefault(3) ?? "-1"),
        };
    }

    private static List<TopicPartition> Partitions(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('-')).Select(
            p => new TopicPartition(p[0], int.Parse(p[1])))];

    private static Dictionary<string, int> Counts(string topics) =>
        topics.Split(' ').Select(t => t.Split('=')).ToDictionary(t => t[0], t => int.Parse(t[1]));

    /// <summary>Members that do what they are told.</summary>
    private sealed class Group(string topics, params string[] members)
    {
        private readonly Dictionary<string, int> _counts = Counts(topics);
        private int _generation;

        public List<Subscriber> Members { get; } = [.. members.Select(Member)];

        public int Size => Members.Count;

        public IEnumerable<int> Loads => Members.Select(m => m.Owned.Count);

        public void Join(string member) => Members.Add(Member(member));

        public void Leave(string member) => Members.RemoveAll(m => m.MemberId == member);

        public void Own(string member, string partitions) => Update(member, Partitions(partitions));

        public Dictionary<TopicPartition, string> Owners() => Members.SelectMany(m => m.Owned.Select(p => (p, m.MemberId))).ToDictionary();

        /// <summary>How many generations it takes until nobody gives anything back.</summary>
        public int Settle()
        {
            for (var generations = 1; ; generations++)
            {
                if (!Generation())
                    return generations;
            }
        }

        public bool Generation()
        {
            _generation++;
            var assigned = s_assignor.Assign(Members, _counts);
            Assert.Equal(Members.Select(m => m.MemberId).Order(), assigned.Keys.Order());
            var owners = Owners();
            Assert.All(assigned.SelectMany(a => a.Value.Select(p => (Partition: p, Member: a.Key))),
                a => Assert.Equal(a.Member, owners.GetValueOrDefault(a.Partition, a.Member)));
            var givesBack = Members.Any(m => m.Owned.Except(assigned[m.MemberId]).Any());
            foreach (var (member, partitions) in assigned)
                Update(member, partitions);
            Owners(); // Fails where two have the same.
            return givesBack;
        }

        /// <summary>
        /// All partitions that anybody wants are somebody's, and nobody could take one from a member that has at least two more, directly
        /// or through others.
        /// </summary>
        public void RequireBalance()
        {
            Assert.Equal(Members.SelectMany(m => m.Topics).Distinct().Sum(t => _counts[t]), Owners().Count);
            foreach (var giver in Members)
            {
                var reached = new List<Subscriber> { giver };
                for (var i = 0; i < reached.Count; i++)
                {
                    var topics = reached[i].Owned.Select(p => p.Topic).ToHashSet();
                    reached.AddRange(Members.Where(m => !reached.Contains(m) && m.Topics.Any(topics.Contains)));
                }

                Assert.All(reached, taker => Assert.InRange(giver.Owned.Count - taker.Owned.Count, int.MinValue, 1));
            }
        }

        private void Update(string member, IReadOnlyList<TopicPartition> owned)
        {
            var at = Members.FindIndex(m => m.MemberId == member);
            Members[at] = Members[at] with { Owned = owned, Generation = _generation };
        }
    }
}
