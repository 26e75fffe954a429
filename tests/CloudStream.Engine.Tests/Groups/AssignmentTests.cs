using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>The assignors give what Kafka's give, and consumers' own messages are Kafka's bytes.</summary>
public sealed class AssignmentTests
{
    [Theory]
    [InlineData("range", "a:t b:t", "t=4", "a=t-0,t-1 b=t-2,t-3")]
    [InlineData("range", "b:t a:t c:t", "t=4", "a=t-0,t-1 b=t-2 c=t-3")]
    [InlineData("range", "a:t,u b:t,u", "t=3 u=3", "a=t-0,t-1,u-0,u-1 b=t-2,u-2")]
    [InlineData("range", "a:t b:t,u", "t=2 u=2", "a=t-0 b=t-1,u-0,u-1")]
    [InlineData("range", "a:t b:t c:t", "t=2", "a=t-0 b=t-1 c=")]
    [InlineData("range", "a:gone", "t=2", "a=")]
    [InlineData("roundrobin", "a:t,u b:t,u", "t=3 u=3", "a=t-0,t-2,u-1 b=t-1,u-0,u-2")]
    [InlineData("roundrobin", "a:t b:t,u c:t,u,v", "t=1 u=2 v=3", "a=t-0 b=u-0 c=u-1,v-0,v-1,v-2")]
    [InlineData("roundrobin", "z@1:t y@2:t a:t", "t=4", "z=t-0,t-3 y=t-1 a=t-2")]
    [InlineData("range", "a:t z@1:t", "t=3", "a=t-2 z=t-0,t-1")]
    public void Partitions_are_divided_as_Kafka_divides_them(string assignor, string members, string topics, string expected)
    {
        var subscribers = members.Split(' ').Select(m => m.Split(':')).Select(
            m => new Subscriber(m[0].Split('@')[0], m[0].Split('@').ElementAtOrDefault(1), m[1].Split(','))).ToList();
        var counts = topics.Split(' ').Select(t => t.Split('=')).ToDictionary(t => t[0], t => int.Parse(t[1]));

        var assigned = Assignors.Find(assignor)!.Assign(subscribers, counts);

        Assert.Equal(expected.Split(' ').Order(), assigned.Select(a => $"{a.Key}={string.Join(',', a.Value)}").Order());
    }

    [Fact]
    public void A_subscription_is_these_bytes_in_each_version()
    {
        var subscription = new ConsumerSubscription
        {
            Topics = ["t"],
            UserData = new byte[] { 9 },
            OwnedPartitions = [new TopicPartition("t", 2)],
            GenerationId = 5,
            RackId = "r"
        };
        const string V0 = "0000000100017400000001" + "09";
        const string Owned = "00000001" + "000174" + "00000001" + "00000002";
        Assert.Equal("0000" + V0, Hex(subscription.Write(0)));
        Assert.Equal("0001" + V0 + Owned, Hex(subscription.Write(1)));
        Assert.Equal("0002" + V0 + Owned + "00000005", Hex(subscription.Write(2)));
        Assert.Equal("0003" + V0 + Owned + "00000005" + "000172", Hex(subscription.Write(3)));
        Assert.Equal("0003" + "00000000" + "FFFFFFFF" + "00000000" + "FFFFFFFF" + "FFFF",
            Hex(new ConsumerSubscription { Topics = [] }.Write(3)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_written_is_read_and_what_is_cut_off_is_not(short version)
    {
        var bytes = new ConsumerSubscription
        {
            Topics = ["t", "u"],
            OwnedPartitions = [new TopicPartition("t", 2)],
            GenerationId = 5,
            RackId = "r"
        }.Write(version).ToArray();
        Assert.True(ConsumerSubscription.TryRead(bytes, out var read));
        Assert.Equal(["t", "u"], read.Topics);
        Assert.Equal((version >= 1 ? 1 : 0, version >= 2 ? 5 : -1, version >= 3 ? "r" : null),
            (read.OwnedPartitions.Count, read.GenerationId, read.RackId));
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(ConsumerSubscription.TryRead(bytes.AsSpan(0, length), out _));
    }

    [Fact]
    public void An_assignment_is_these_bytes_and_nothing_at_all_is_an_empty_one()
    {
        var assignment = new ConsumerAssignment
        {
            Partitions = [new TopicPartition("t", 1), new TopicPartition("u", 0), new TopicPartition("t", 3)]
        };
        const string Bytes = "0001" + "00000002" + "000174" + "00000002" + "00000001" + "00000003" + "000175" + "00000001" + "00000000"
            + "FFFFFFFF";
        Assert.Equal(Bytes, Hex(assignment.Write(1)));
        Assert.True(ConsumerAssignment.TryRead(Convert.FromHexString(Bytes), out var read));
        Assert.Equal(["t-1", "t-3", "u-0"], read.Partitions.Select(p => p.ToString()));
        Assert.True(ConsumerAssignment.TryRead([], out var none));
        Assert.Empty(none.Partitions);
        Assert.False(ConsumerAssignment.TryRead(Convert.FromHexString(Bytes).AsSpan(0, 35), out _));
        Assert.False(ConsumerAssignment.TryRead(Convert.FromHexString("00017FFFFFFF"), out _));
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);
}
