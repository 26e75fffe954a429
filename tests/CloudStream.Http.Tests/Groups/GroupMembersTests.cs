using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Groups;

public class GroupMembersTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private readonly string _group = $"g-{Guid.NewGuid():n}";

    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task A_member_alone_has_all_partitions_and_reads_all_records_in_order()
    {
        var topic = await TopicWithRecordsAsync(3, 4);

        var member = await GroupMember.JoinAsync(Host, _group, topic);
        var values = await ReadToEndAsync(member);

        Assert.Equal([0, 1, 2], member.Partitions);
        Assert.Equal(["0-0", "0-1", "0-2", "0-3", "1-0", "1-1", "1-2", "1-3", "2-0", "2-1", "2-2", "2-3"],
            values.Order(StringComparer.Ordinal));
        Assert.Equal(["1-0", "1-1", "1-2", "1-3"], values.Where(v => v[0] == '1'));
        var record = (await Host.GetAsync($"/v1/groups/{_group}")).AssertOk().Json;
        Assert.Equal(("Stable", "consumer", "range"),
            (record.GetProperty("state").GetString(), record.GetProperty("protocolType").GetString(),
                record.GetProperty("assignor").GetString()));
        var described = record.GetProperty("members")[0];
        Assert.Equal((member.Id, "http", "/127.0.0.1"),
            (described.GetProperty("memberId").GetString(), described.GetProperty("clientId").GetString(),
                described.GetProperty("host").GetString()));
        Assert.Equal(3, described.GetProperty("assignment")[0].GetProperty("partitions").GetArrayLength());
    }

    [Fact]
    public async Task Two_members_share_the_partitions_and_one_that_leaves_gives_its_own_back()
    {
        var topic = await TopicWithRecordsAsync(4, 1);
        var first = await GroupMember.JoinAsync(Host, _group, topic);

        var second = await GroupMember.JoinAsync(Host, _group, topic, first);
        int[] shares = [first.Partitions.Count, second.Partitions.Count];
        var together = first.Partitions.Concat(second.Partitions).Order().ToList();
        Assert.Equal(204, (int)(await second.LeaveAsync()).Status);
        await GroupMember.SettleAsync(first);

        Assert.Equal([2, 2], shares);
        Assert.Equal([0, 1, 2, 3], together);
        Assert.Equal([0, 1, 2, 3], first.Partitions);
    }

    [Fact]
    public async Task A_member_reads_a_topic_that_was_created_anew_from_its_beginning_and_commits_nothing_of_the_old_one_to_it()
    {
        var topic = await TopicWithRecordsAsync(1, 3);
        var member = await GroupMember.JoinAsync(Host, _group, topic);
        Assert.Equal(["0-0", "0-1", "0-2"], await member.PollAsync());

        await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{topic}", null);
        await Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{topic}}","partitions":1}""");
        await ProduceAsync(topic, string.Join(',', Enumerable.Range(0, 5).Select(i => $$"""{"value":"new-{{i}}"}""")));
        await member.CommitAsync();
        var committed = (await Host.GetAsync($"/v1/groups/{_group}/offsets")).AssertOk().Json;

        Assert.Empty(committed.GetProperty("offsets").EnumerateArray());
        Assert.Equal(["new-0", "new-1", "new-2", "new-3", "new-4"], await ReadUntilAsync(member, 5));
    }

    [Fact]
    public async Task More_members_than_partitions_leave_some_idle()
    {
        var topic = await TopicWithRecordsAsync(2, 1);
        var first = await GroupMember.JoinAsync(Host, _group, topic);
        var second = await GroupMember.JoinAsync(Host, _group, topic, first);

        var third = await GroupMember.JoinAsync(Host, _group, topic, first, second);

        Assert.Equal([0, 1, 1], new[] { first, second, third }.Select(m => m.Partitions.Count).Order());
    }

    [Fact]
    public async Task What_was_processed_is_not_read_again_after_a_polite_end()
    {
        var topic = await TopicWithRecordsAsync(1, 10);
        var first = await GroupMember.JoinAsync(Host, _group, topic);
        var read = await first.PollAsync("""{"maxRecords":4}""");
        await first.CommitAsync();
        await first.LeaveAsync();

        var second = await GroupMember.JoinAsync(Host, _group, topic);

        Assert.Equal(["0-0", "0-1", "0-2", "0-3"], read);
        Assert.Equal(["0-4", "0-5", "0-6", "0-7", "0-8", "0-9"], await second.PollAsync());
    }

    [Fact]
    public async Task A_poll_commits_what_earlier_polls_answered_and_no_more()
    {
        var topic = await TopicWithRecordsAsync(1, 10);
        var first = await GroupMember.JoinAsync(Host, _group, topic);
        await first.PollAsync("""{"maxRecords":4}""");
        await first.PollAsync("""{"maxRecords":3}""");
        await first.LeaveAsync(); // Between processing the second answer and committing it.

        var second = await GroupMember.JoinAsync(Host, _group, topic);

        Assert.Equal("0-4", (await second.PollAsync())[0]);
    }

    [Fact]
    public async Task A_crash_between_processing_and_commit_means_that_the_records_are_read_again()
    {
        var topic = await TopicWithRecordsAsync(1, 5);
        var first = await GroupMember.JoinAsync(Host, _group, topic, ""","sessionTimeoutMs":1500""");
        var processed = await first.PollAsync();

        var second = await GroupMember.JoinAsync(Host, _group, topic);
        var read = await ReadUntilAsync(second, 5);

        Assert.Equal(processed, read);
        (await first.TryPollAsync()).AssertProblem(404, "unknown-member");
    }

    [Fact]
    public async Task A_commit_before_processing_means_at_most_once()
    {
        var topic = await TopicWithRecordsAsync(1, 5);
        var first = await GroupMember.JoinAsync(Host, _group, topic);
        await first.PollAsync("""{"maxRecords":2}""");
        Assert.Equal(204, (int)(await first.CommitAsync()).Status);
        await first.LeaveAsync(); // Before processing what it has read.

        var second = await GroupMember.JoinAsync(Host, _group, topic);

        Assert.Equal(["0-2", "0-3", "0-4"], await ReadUntilAsync(second, 3));
    }

    [Fact]
    public async Task A_poll_that_names_the_answer_before_the_last_gets_the_last_one_again()
    {
        var topic = await TopicWithRecordsAsync(1, 6);
        var member = await GroupMember.JoinAsync(Host, _group, topic);
        var first = await member.PollAsync("""{"maxRecords":2,"after":0}""");
        var second = await member.PollAsync("""{"maxRecords":2,"after":1}""");

        var again = await member.PollAsync("""{"maxRecords":2,"after":1}""");
        var committed = (await Host.GetAsync($"/v1/groups/{_group}/offsets")).AssertOk().Json.GetProperty("offsets")[0].GetProperty(
            "offset").GetInt64();
        var next = await member.PollAsync("""{"maxRecords":2,"after":3}""");

        Assert.Equal(["0-0", "0-1"], first);
        Assert.Equal(["0-2", "0-3"], second);
        Assert.Equal(["0-2", "0-3"], again);
        Assert.Equal(2, committed);
        Assert.Equal(["0-4", "0-5"], next);
        (await member.TryPollAsync("""{"after":1}""")).AssertProblem(400, "invalid-request", "after", "4");
    }

    [Fact]
    public async Task Offsets_that_a_member_names_are_committed_and_polls_need_not_commit()
    {
        var topic = await TopicWithRecordsAsync(1, 6);
        var member = await GroupMember.JoinAsync(Host, _group, topic);
        await member.PollAsync("""{"maxRecords":4,"commit":false}""");

        await member.CommitAsync($$"""{"offsets":[{"topic":"{{topic}}","partition":0,"offset":3}]}""");
        await member.PollAsync("""{"commit":false}""");
        await member.LeaveAsync();

        Assert.Equal(["0-3", "0-4", "0-5"], await (await GroupMember.JoinAsync(Host, _group, topic)).PollAsync());
    }

    [Fact]
    public async Task A_poll_waits_for_a_record()
    {
        var topic = await TopicWithRecordsAsync(2, 0);
        var member = await GroupMember.JoinAsync(Host, _group, topic);

        var polling = member.PollAsync("""{"wait":"20s"}""");
        await ProduceAsync(topic, """{"value":"late","partition":1}""");

        Assert.Equal(["late"], await polling);
    }

    [Fact]
    public async Task A_heartbeat_that_waits_is_answered_when_the_group_rebalances()
    {
        var topic = await TopicWithRecordsAsync(2, 0);
        var first = await GroupMember.JoinAsync(Host, _group, topic);
        var quiet = (await first.HeartbeatAsync()).AssertOk().Json.GetProperty("rebalancing").GetBoolean();

        var beating = first.HeartbeatAsync($$"""{"wait":"20s","generation":{{first.Generation}}}""");
        var joining = GroupMember.JoinAsync(Host, _group, topic);
        var told = (await beating).AssertOk().Json.GetProperty("rebalancing").GetBoolean();
        while (!joining.IsCompleted)
            await first.PollAsync();
        await GroupMember.SettleAsync(first, await joining);

        Assert.Equal((false, true), (quiet, told));
        Assert.Single(first.Partitions);
        (await first.HeartbeatAsync("""{"generation":0}""")).AssertProblem(409, "illegal-generation", "not 0");
    }

    [Fact]
    public async Task Partitions_that_are_added_are_noticed_by_the_member_that_leads()
    {
        var topic = await TopicWithRecordsAsync(1, 0);
        var member = await GroupMember.JoinAsync(Host, _group, topic);

        await Host.SendAsync(HttpMethod.Patch, $"/v1/topics/{topic}", HttpHost.Body("""{"partitions":3}""", "application/json"));
        while (member.Partitions.Count < 3)
            await member.PollAsync("""{"wait":100}""");

        Assert.Equal([0, 1, 2], member.Partitions);
    }

    [Theory]
    [InlineData("earliest", 2)]
    [InlineData("latest", 0)]
    public async Task A_group_without_offsets_begins_where_the_member_says(string reset, int records)
    {
        var topic = await TopicWithRecordsAsync(1, 2);
        var joined = await Host.PostJsonAsync(
            $"/v1/groups/{_group}/members", $$"""{"topics":["{{topic}}"],"autoOffsetReset":"{{reset}}"}""");
        var member = new GroupMember(Host, _group, joined.AssertOk().Json.GetProperty("memberId").GetString()!);

        Assert.Equal(records, (await member.PollAsync()).Count);
        await ProduceAsync(topic, """{"value":"new"}""");
        Assert.Equal(["new"], await member.PollAsync("""{"wait":"20s"}"""));
    }

    [Fact]
    public async Task A_member_that_begins_nowhere_by_itself_is_told_so()
    {
        var topic = await TopicWithRecordsAsync(1, 2);
        var joined = await Host.PostJsonAsync($"/v1/groups/{_group}/members", $$"""{"topics":["{{topic}}"],"autoOffsetReset":"none"}""");

        var polled = await Host.PostJsonAsync(
            $"/v1/groups/{_group}/members/{joined.AssertOk().Json.GetProperty("memberId").GetString()}/poll", "{}");

        polled.AssertProblem(416, "offset-out-of-range", topic, "none");
    }

    [Fact]
    public async Task A_static_member_comes_back_to_its_partitions_and_fences_its_former_self()
    {
        var topic = await TopicWithRecordsAsync(2, 1);
        var before = await GroupMember.JoinAsync(Host, _group, topic, ""","instanceId":"i-1" """);

        var after = await GroupMember.JoinAsync(Host, _group, topic, ""","instanceId":"i-1" """);

        Assert.NotEqual(before.Id, after.Id);
        Assert.Equal([0, 1], after.Partitions);
        (await before.TryPollAsync()).AssertProblem(409, "fenced-instance");
    }

    [Fact]
    public async Task A_member_joins_again_under_its_id()
    {
        var topic = await TopicWithRecordsAsync(1, 1);
        var member = await GroupMember.JoinAsync(Host, _group, topic);

        var again = await GroupMember.JoinAsync(Host, _group, topic, $$""","memberId":"{{member.Id}}" """);

        Assert.Equal(member.Id, again.Id);
        Assert.True(again.Generation > member.Generation);
        Assert.Single((await Host.GetAsync($"/v1/groups/{_group}")).Json.GetProperty("members").EnumerateArray());
    }

    [Fact]
    public async Task Who_did_not_wait_for_a_join_hears_of_it_by_asking_again_and_only_then_joins_anew()
    {
        var topic = await TopicWithRecordsAsync(1, 1);
        var member = await GroupMember.JoinAsync(Host, _group, topic, ""","wait":0""");
        var again = $$""","memberId":"{{member.Id}}" """;

        var formed = await GroupMember.JoinAsync(Host, _group, topic, again);
        var next = await GroupMember.JoinAsync(Host, _group, topic, again);
        var (unheard, other) = (await GroupMember.JoinAsync(Host, _group, topic, again + ""","wait":0"""),
            await TopicWithRecordsAsync(1, 0));
        var changed = await GroupMember.JoinAsync(Host, _group, other, again);
        while (changed.Standing.GetProperty("assignment")[0].GetProperty("topic").GetString() != other)
            changed = await GroupMember.JoinAsync(Host, _group, other, again);

        Assert.Equal(member.Id, unheard.Id);
        Assert.Equal([1, 2], new[] { formed.Generation, next.Generation });
        Assert.Equal([0], formed.Partitions);
    }

    [Fact]
    public async Task An_id_that_is_only_offered_is_no_member_until_its_client_comes_back_with_it()
    {
        var topic = await TopicWithRecordsAsync(1, 1);

        var member = await GroupMember.JoinAsync(Host, _group, topic, ""","wait":0""");
        var offered = (member.Generation, member.IsRebalancing, member.Partitions.Count);
        (await Host.GetAsync($"/v1/groups/{_group}")).AssertProblem(404, "unknown-group", _group);
        await GroupMember.SettleAsync(member);

        Assert.Equal((-1, true, 0), offered);
        Assert.Equal([0], member.Partitions);
        Assert.Equal(member.Id,
            (await Host.GetAsync($"/v1/groups/{_group}")).Json.GetProperty("members")[0].GetProperty("memberId").GetString());
    }

    [Fact]
    public async Task Nobody_meddles_with_a_group_that_has_members()
    {
        var topic = await TopicWithRecordsAsync(1, 2);
        var member = await GroupMember.JoinAsync(Host, _group, topic);
        await member.CommitAsync($$"""{"offsets":[{"topic":"{{topic}}","partition":0,"offset":1}]}""");

        (await Host.PostJsonAsync($"/v1/groups/{_group}/offsets/reset", """{"to":"earliest"}""")).AssertProblem(
            409, "group-not-empty", "Stable");
        (await Host.PostJsonAsync($"/v1/groups/{_group}/offsets",
            $$"""{"offsets":[{"topic":"{{topic}}","partition":0,"offset":0}]}""")).AssertProblem(409, "group-not-empty", _group);
        (await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{_group}", null)).AssertProblem(409, "group-not-empty", _group);
        (await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{_group}/offsets?topic={topic}", null)).AssertProblem(
            409, "group-subscribed");
    }

    [Fact]
    public async Task Who_is_no_member_is_told_so()
    {
        var nobody = new GroupMember(Host, _group, "nobody");

        (await nobody.TryPollAsync()).AssertProblem(404, "unknown-member");
        (await nobody.HeartbeatAsync()).AssertProblem(404, "unknown-member");
        (await nobody.HeartbeatAsync("""{"generation":1}""")).AssertProblem(404, "unknown-member");
        (await nobody.CommitAsync()).AssertProblem(404, "unknown-member");
        (await nobody.LeaveAsync()).AssertProblem(404, "unknown-member");
        (await GroupMember.TryJoinAsync(Host, _group, "t", ""","memberId":"nobody" """)).AssertProblem(404, "unknown-member");
    }

    [Fact]
    public async Task Members_without_an_assignor_in_common_are_not_one_group()
    {
        var topic = await TopicWithRecordsAsync(1, 1);
        await GroupMember.JoinAsync(Host, _group, topic, ""","assignors":["range"]""");

        (await GroupMember.TryJoinAsync(Host, _group, topic, ""","assignors":["roundrobin"]""")).AssertProblem(
            409, "inconsistent-group-protocol");
    }

    [Theory]
    [InlineData("""{}""", "invalid-request", "topics")]
    [InlineData("""{"topics":[]}""", "invalid-request", "topics")]
    [InlineData("""{"topics":["t"],"autoOffsetReset":"middle"}""", "invalid-request", "middle")]
    [InlineData("""{"topics":["t"],"assignors":["magic"]}""", "invalid-request", "magic")]
    [InlineData("""{"topics":["t"],"wait":"1h"}""", "invalid-request", "wait")]
    [InlineData("""{"topics":["t"],"sessionTimeoutMs":0}""", "invalid-request", "sessionTimeoutMs")]
    [InlineData("""{"topics":["t"],"sessionTimeoutMs":1}""", "invalid-session-timeout", "")]
    public async Task A_bad_join_is_refused_with_what_is_wrong(string json, string code, string word) =>
        (await Host.PostJsonAsync($"/v1/groups/{_group}/members", json)).AssertProblem(400, code, word);

    [Fact]
    public async Task There_is_a_limit_to_the_members_that_a_broker_keeps()
    {
        var topic = await TopicWithRecordsAsync(1, 0);
        await using var host = await HttpHost.StartAsync(fixture.Broker, options => options.MaxGroupMembers = 1);
        var member = await GroupMember.JoinAsync(host, _group, topic);

        (await GroupMember.TryJoinAsync(host, _group, topic)).AssertProblem(429, "overloaded", "1 members");
        await using var roomy = await HttpHost.StartAsync(fixture.Broker, options => options.MaxGroupMembers = 1);
        for (var i = 0; i < 3; i++)
            (await GroupMember.TryJoinAsync(roomy, $"{_group}-{i}", topic, ""","sessionTimeoutMs":1""")).AssertProblem(
                400, "invalid-session-timeout");
        await member.LeaveAsync();

        Assert.Equal([0], (await GroupMember.JoinAsync(host, _group, topic)).Partitions);
    }

    private static async Task<List<string>> ReadToEndAsync(GroupMember member)
    {
        var values = new List<string>();
        while (await member.PollAsync("""{"maxRecords":5}""") is { Count: > 0 } more)
            values.AddRange(more);
        return values;
    }

    private static async Task<List<string>> ReadUntilAsync(GroupMember member, int count)
    {
        var values = new List<string>();
        while (values.Count < count)
            values.AddRange(await member.PollAsync("""{"wait":"1s"}"""));
        return values;
    }

    private async Task<string> TopicWithRecordsAsync(int partitions, int count)
    {
        var topic = await Host.NewTopicAsync(partitions);
        var records = Enumerable.Range(0, partitions).SelectMany(
            p => Enumerable.Range(0, count).Select(i => $$"""{"value":"{{p}}-{{i}}","partition":{{p}}}"""));
        if (count > 0)
            await ProduceAsync(topic, string.Join(',', records));
        return topic;
    }

    private async Task ProduceAsync(string topic, string records) =>
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", $$"""{"records":[{{records}}]}""")).AssertOk();
}
