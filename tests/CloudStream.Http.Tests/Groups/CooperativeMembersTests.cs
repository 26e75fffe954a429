using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Groups;

/// <summary>Members that keep their partitions while their group forms a generation.</summary>
public class CooperativeMembersTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Cooperative = ""","assignors":["cooperative-sticky"]""";

    private readonly string _group = $"g-{Guid.NewGuid():n}";

    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task Members_read_on_while_others_join_and_every_record_is_read_once()
    {
        var topic = await TopicWithRecordsAsync(4, 30);
        var values = new List<string>();
        var first = await GroupMember.JoinAsync(Host, _group, topic, Cooperative);
        var joining = GroupMember.JoinAsync(Host, _group, topic, Cooperative);
        while (!joining.IsCompleted)
            values.AddRange(await first.PollAsync("""{"maxRecords":1}"""));
        var second = await joining;
        await UntilAsync(() => first.Partitions.Count == 2 && second.Partitions.Count == 2, values, first, second);

        // The second one does not come, so the generation is not formed.
        var third = await GroupMember.JoinAsync(Host, _group, topic, Cooperative + ""","wait":1""");
        for (var i = 0; i < 5; i++)
        {
            var read = await first.PollAsync("""{"maxRecords":1}""");
            Assert.Single(read);
            Assert.Contains(read[0][0] - '0', first.Partitions);
            Assert.True(first.IsRebalancing);
            values.AddRange(read);
        }

        await UntilAsync(() => values.Count >= 120, values, first, second, third);

        Assert.Equal(120, values.Distinct().Count());
        Assert.Equal(120, values.Count);
        Assert.Equal([1, 1, 2], new[] { first, second, third }.Select(m => m.Partitions.Count).Order());
        Assert.Equal([0, 1, 2, 3], new[] { first, second, third }.SelectMany(m => m.Partitions).Order());
        Assert.Equal("cooperative-sticky",
            (await Host.GetAsync($"/v1/groups/{_group}")).AssertOk().Json.GetProperty("assignor").GetString());
    }

    [Fact]
    public async Task What_a_member_has_read_of_a_partition_that_goes_is_committed_before_it_goes()
    {
        var topic = await TopicWithRecordsAsync(2, 5);
        var first = await GroupMember.JoinAsync(Host, _group, topic, Cooperative);
        Assert.Equal(10, (await first.PollAsync()).Count); // Processed, and not committed yet.
        var second = await GroupMember.JoinAsync(Host, _group, topic, Cooperative + ""","wait":0""");

        var again = new List<string>();
        await UntilAsync(() => first.Partitions.Count == 1 && second.Partitions.Count == 1, again, first, second);

        Assert.Empty(again);
        var committed = (await Host.GetAsync($"/v1/groups/{_group}/offsets")).AssertOk().Json.GetProperty("offsets");
        Assert.Equal([5, 5], committed.EnumerateArray().Select(o => o.GetProperty("offset").GetInt32()));
    }

    [Fact]
    public async Task A_member_that_offers_all_assignors_shares_a_group_with_a_cooperative_one()
    {
        var topic = await TopicWithRecordsAsync(4, 1);
        var values = new List<string>();
        var first = await GroupMember.JoinAsync(Host, _group, topic, Cooperative);
        var second = await GroupMember.JoinAsync(Host, _group, topic, ""","wait":0""");

        await UntilAsync(() => first.Partitions.Count == 2 && second.Partitions.Count == 2 && values.Count == 4, values, first, second);

        Assert.Equal(["0-0", "1-0", "2-0", "3-0"], values.Order(StringComparer.Ordinal));
        Assert.Equal("cooperative-sticky",
            (await Host.GetAsync($"/v1/groups/{_group}")).AssertOk().Json.GetProperty("assignor").GetString());
    }

    [Fact]
    public async Task A_member_that_keeps_its_own_positions_says_what_it_has()
    {
        var topic = await TopicWithRecordsAsync(3, 0);
        var first = await GroupMember.JoinAsync(Host, _group, topic, Cooperative);
        const string Owned = ""","ownedGeneration":0,"ownedPartitions":[{"topic":"TOPIC","partition":1},{"topic":"TOPIC","partition":2}]""";
        var second = await GroupMember.JoinAsync(
            Host, _group, topic, Cooperative + Owned.Replace("TOPIC", topic, StringComparison.Ordinal) + ""","wait":0""");

        await UntilAsync(() => first.Partitions.Count + second.Partitions.Count == 3 && !second.IsRebalancing, [], first, second);

        // The first one has them since a later generation.
        Assert.Equal((2, 1), (first.Partitions.Count, second.Partitions.Count));
    }

    [Theory]
    [InlineData(""","ownedPartitions":[],"ownedGeneration":1""", "cooperative")]
    [InlineData(""","assignors":["range","cooperative-sticky"],"ownedPartitions":[],"ownedGeneration":1""", "cooperative")]
    [InlineData(""","assignors":["cooperative-sticky"],"ownedPartitions":[]""", "ownedGeneration")]
    [InlineData(""","assignors":["cooperative-sticky"],"ownedGeneration":1,"ownedPartitions":[{"topic":"t"}]""",
        "ownedPartitions[0].partition")]
    public async Task Owned_partitions_that_cannot_be_are_refused(string members, string word) =>
        (await GroupMember.TryJoinAsync(Host, _group, await TopicWithRecordsAsync(1, 0), members)).AssertProblem(
            400, "invalid-request", word);

    private static async Task UntilAsync(Func<bool> condition, List<string> values, params GroupMember[] members)
    {
        do
        {
            foreach (var member in members)
                values.AddRange(await member.PollAsync("""{"maxRecords":3}"""));
        }
        while (members.Any(m => m.IsRebalancing) || !condition());
    }

    private async Task<string> TopicWithRecordsAsync(int partitions, int count)
    {
        var topic = await Host.NewTopicAsync(partitions);
        var records = Enumerable.Range(0, partitions).SelectMany(
            p => Enumerable.Range(0, count).Select(i => $$"""{"value":"{{p}}-{{i}}","partition":{{p}}}"""));
        if (count > 0)
            (await Host.PostJsonAsync($"/v1/topics/{topic}/records", $$"""{"records":[{{string.Join(',', records)}}]}""")).AssertOk();
        return topic;
    }
}
