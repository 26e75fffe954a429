using System.Text.Json;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Groups;

public class GroupOffsetsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task Committed_offsets_are_read_and_the_group_is_listed_and_described_with_its_lag()
    {
        var (group, topic) = (NewGroup(), await TopicWithRecordsAsync(2, 10));

        var committed = await CommitAsync(group, topic, (0, 4, "here"), (1, 10, null));

        Assert.Equal(204, (int)committed.Status);
        var offsets = (await Host.GetAsync($"/v1/groups/{group}/offsets")).AssertOk().Json.GetProperty("offsets").EnumerateArray().ToList();
        Assert.Equal([(0, 4L), (1, 10L)], offsets.Select(o => (o.GetProperty("partition").GetInt32(), o.GetProperty("offset").GetInt64())));
        Assert.Equal("here", offsets[0].GetProperty("metadata").GetString());
        Assert.Contains(group, await ListedAsync("?state=empty&type=classic"));
        Assert.DoesNotContain(group, await ListedAsync("?state=Stable"));
        var described = (await Host.GetAsync($"/v1/groups/{group}")).AssertOk().Json;
        Assert.Equal(("Empty", 6L), (described.GetProperty("state").GetString(), described.GetProperty("lag").GetInt64()));
        Assert.Equal([(4L, 10L, 6L), (10L, 10L, 0L)], described.GetProperty("partitions").EnumerateArray()
            .Select(
                p => (p.GetProperty("committedOffset").GetInt64(), p.GetProperty("logEndOffset").GetInt64(),
                    p.GetProperty("lag").GetInt64())));
    }

    [Fact]
    public async Task A_name_with_a_slash_and_a_space_is_a_group_like_any_other()
    {
        var topic = await TopicWithRecordsAsync(1, 1);
        var path = Uri.EscapeDataString($"team/a b {Guid.NewGuid():n}");

        await CommitAsync(path, topic, (0, 1, null));

        Assert.Equal(Uri.UnescapeDataString(path),
            (await Host.GetAsync($"/v1/groups/{path}")).AssertOk().Json.GetProperty("group").GetString());
    }

    [Theory]
    [InlineData("""{"to":"earliest"}""", 0, 0)]
    [InlineData("""{"to":"latest"}""", 10, 10)]
    [InlineData("""{"offset":3}""", 3, 3)]
    [InlineData("""{"offset":99}""", 10, 10)]
    [InlineData("""{"shiftBy":-2}""", 2, 5)]
    [InlineData("""{"shiftBy":-100}""", 0, 0)]
    [InlineData("""{"shiftBy":4}""", 8, 10)]
    [InlineData("""{"timestamp":1005}""", 5, 5)]
    [InlineData("""{"timestamp":999999}""", 10, 10)]
    [InlineData("""{"timestamp":"1970-01-01T00:00:01.002Z"}""", 2, 2)]
    public async Task Offsets_are_reset_within_the_log(string json, long first, long second)
    {
        var (group, topic) = (NewGroup(), await TopicWithRecordsAsync(2, 10));
        await CommitAsync(group, topic, (0, 4, null), (1, 7, null));

        var dry = (await Host.PostJsonAsync(
            $"/v1/groups/{group}/offsets/reset", json.Replace("}", ",\"dryRun\":true}", StringComparison.Ordinal))).AssertOk().Json;
        var unmoved = await OffsetsAsync(group);
        var done = (await Host.PostJsonAsync($"/v1/groups/{group}/offsets/reset", json)).AssertOk().Json;

        Assert.Equal([4L, 7L], unmoved);
        Assert.Equal([first, second], await OffsetsAsync(group));
        Assert.Equal((true, false), (dry.GetProperty("dryRun").GetBoolean(), done.GetProperty("dryRun").GetBoolean()));
        foreach (var answer in (JsonElement[])[dry, done])
            Assert.Equal([(4L, first), (7L, second)],
                answer.GetProperty("offsets").EnumerateArray().Select(
                    o => (o.GetProperty("before").GetInt64(), o.GetProperty("offset").GetInt64())));
    }

    [Fact]
    public async Task A_reset_reaches_the_named_topics_and_partitions_only()
    {
        var (group, topic, other) = (NewGroup(), await TopicWithRecordsAsync(2, 10), await TopicWithRecordsAsync(1, 5));
        await CommitAsync(group, topic, (0, 4, null), (1, 7, null));

        var answer = await Host.PostJsonAsync($"/v1/groups/{group}/offsets/reset",
            $$"""{"to":"latest","topics":["{{other}}"],"partitions":[{"topic":"{{topic}}","partition":1}]}""");

        Assert.Equal(2, answer.AssertOk().Json.GetProperty("offsets").GetArrayLength());
        var offsets = (await Host.GetAsync($"/v1/groups/{group}/offsets")).Json.GetProperty("offsets").EnumerateArray();
        Assert.Equal([(other, 0, 5L), (topic, 0, 4L), (topic, 1, 10L)],
            offsets.Select(
                o => (o.GetProperty("topic").GetString()!, o.GetProperty("partition").GetInt32(), o.GetProperty("offset").GetInt64()))
                .OrderBy(o => o.Item1 == topic).ThenBy(o => o.Item2));
    }

    [Fact]
    public async Task Offsets_and_groups_are_deleted()
    {
        var (group, topic) = (NewGroup(), await TopicWithRecordsAsync(3, 1));
        await CommitAsync(group, topic, (0, 1, null), (1, 1, null), (2, 1, null));

        Assert.Equal(
            204, (int)(await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{group}/offsets?topic={topic}&partition=1", null)).Status);
        Assert.Equal(2, (await OffsetsAsync(group)).Count);
        Assert.Equal(204, (int)(await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{group}/offsets?topic={topic}", null)).Status);
        Assert.Empty(await OffsetsAsync(group));
        Assert.Equal(204, (int)(await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{group}", null)).Status);
        (await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{group}", null)).AssertProblem(404, "unknown-group", group);
        (await Host.GetAsync($"/v1/groups/{group}")).AssertProblem(404, "unknown-group", group);
    }

    [Fact]
    public async Task What_does_not_exist_is_named()
    {
        var (group, topic) = (NewGroup(), await TopicWithRecordsAsync(1, 1));

        (await CommitAsync(group, topic, (7, 1, null))).AssertProblem(404, "unknown-partition", topic);
        (await Host.SendAsync(HttpMethod.Delete, $"/v1/groups/{group}/offsets?topic=nowhere", null)).AssertProblem(
            404, "unknown-topic", "nowhere");
        (await Host.PostJsonAsync($"/v1/groups/{group}/offsets/reset", """{"to":"latest","topics":["nowhere"]}""")).AssertProblem(
            404, "unknown-topic", "nowhere");
        (await CommitAsync(group, topic, (0, 1, new string('x', 5000)))).AssertProblem(400, "offset-metadata-too-large", topic);
        (await Host.GetAsync("/v1/groups?state=asleep")).AssertProblem(400, "invalid-request", "asleep", "Stable");
        Assert.Empty(await OffsetsAsync(group));
    }

    [Theory]
    [InlineData("offsets", "{}", "offsets")]
    [InlineData("offsets", """{"offsets":[{"topic":"a","partition":0}]}""", "offsets[0].offset")]
    [InlineData("offsets", """{"offsets":[{"topic":"a","partition":0,"offset":-1}]}""", "offsets[0].offset")]
    [InlineData("offsets", """{"offsets":[{"topic":"a","partition":0,"offset":1,"lag":2}]}""", "offsets[0].lag")]
    [InlineData("offsets", """{"offsets":[1]}""", "offsets[0]")]
    [InlineData("offsets/reset", "{}", "timestamp")]
    [InlineData("offsets/reset", """{"to":"earliest","offset":1}""", "one of")]
    [InlineData("offsets/reset", """{"to":"middle"}""", "middle")]
    [InlineData("offsets/reset", """{"to":"latest","topics":"a"}""", "topics")]
    [InlineData("offsets/reset", """{"to":"latest","dryRun":"yes"}""", "dryRun")]
    [InlineData("offsets/reset", """{"timestamp":"soon"}""", "soon")]
    public async Task A_bad_request_is_refused_with_what_is_wrong(string path, string json, string word) =>
        (await Host.PostJsonAsync($"/v1/groups/g/{path}", json)).AssertProblem(400, "invalid-request", word);

    private static string NewGroup() => $"g-{Guid.NewGuid():n}";

    /// <summary>Records 0 to count - 1 in each partition, a millisecond apart from 1,000 on.</summary>
    private async Task<string> TopicWithRecordsAsync(int partitions, int count)
    {
        var topic = await Host.NewTopicAsync(partitions, """{"retention.ms":"-1"}""");
        var records = Enumerable.Range(0, partitions).SelectMany(
            p => Enumerable.Range(0, count).Select(i => $$"""{"value":"{{i}}","partition":{{p}},"timestamp":{{1000 + i}}}"""));
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", $$"""{"records":[{{string.Join(',', records)}}]}""")).AssertOk();
        return topic;
    }

    private Task<Answer> CommitAsync(string group, string topic, params (int Partition, long Offset, string? Metadata)[] offsets)
    {
        var parts = offsets.Select(
            o =>
                $$"""{"topic":"{{topic}}","partition":{{o.Partition}},"offset":{{o.Offset}}"""
                    + $$"""{{(o.Metadata is null ? "" : $",\"metadata\":\"{o.Metadata}\"")}}}""");
        return Host.PostJsonAsync($"/v1/groups/{group}/offsets", $$"""{"offsets":[{{string.Join(',', parts)}}]}""");
    }

    private async Task<List<long>> OffsetsAsync(string group) =>
        [.. (await Host.GetAsync($"/v1/groups/{group}/offsets")).AssertOk().Json.GetProperty("offsets").EnumerateArray().Select(
            o => o.GetProperty("offset").GetInt64())];

    private async Task<List<string?>> ListedAsync(string query) =>
        [.. (await Host.GetAsync($"/v1/groups{query}")).AssertOk().Json.GetProperty("groups").EnumerateArray().Select(
            g => g.GetProperty("group").GetString())];
}
