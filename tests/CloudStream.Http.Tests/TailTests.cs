using System.Text;
using CloudStream.Http.Tail;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

public class TailTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task An_event_stream_of_a_partition_sends_what_is_there_and_goes_on()
    {
        var topic = await Host.NewTopicAsync();
        await ProduceAsync(topic, 0, "a", "b");
        using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/partitions/0/records");

        var first = await events.TakeAsync(2);
        await ProduceAsync(topic, 0, "c");
        var next = await events.TakeAsync(1);

        Assert.Equal(["a", "b", "c"], first.Concat(next).Select(e => e.GetProperty("value").GetString()));
        Assert.Matches("^2[.][A-Za-z0-9_-]{22}$", events.LastEventId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_partition_stream_resumes_after_its_last_id_in_the_header_or_in_the_address(bool inHeader)
    {
        var topic = await Host.NewTopicAsync();
        await ProduceAsync(topic, 0, "a", "b", "c");
        var path = $"/v1/topics/{topic}/partitions/0/records";
        string id;
        using (var first = await EventReader.OpenAsync(Host.Client, path))
        {
            await first.TakeAsync(1);
            id = first.LastEventId;
        }

        using var second = inHeader
            ? await EventReader.OpenAsync(Host.Client, $"{path}?lastEventId=2&offset=2", id)
            : await EventReader.OpenAsync(Host.Client, $"{path}?lastEventId={id}&offset=2");

        Assert.Equal(["b", "c"], (await second.TakeAsync(2)).Select(e => e.GetProperty("value").GetString()));
        (await Host.GetAsync($"{path}?lastEventId={id}")).AssertProblem(400, "invalid-request", "text/event-stream");
    }

    [Fact]
    public async Task Ids_of_a_topic_that_was_deleted_and_created_anew_are_out_of_range()
    {
        var topic = await Host.NewTopicAsync(2);
        await ProduceAsync(topic, 0, "a");
        string all, one;
        using (var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records?from=earliest"))
        {
            await events.TakeAsync(1);
            all = events.LastEventId;
        }

        using (var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/partitions/0/records"))
        {
            await events.TakeAsync(1);
            one = events.LastEventId;
        }

        await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{topic}", null);
        Assert.Equal(201, (int)(await Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{topic}}","partitions":2}""")).Status);
        await ProduceAsync(topic, 0, "b", "c");

        (await Host.GetAsync($"/v1/topics/{topic}/records", ("Last-Event-ID", all))).AssertProblem(
            416, "offset-out-of-range", "created since");
        (await Host.GetAsync($"/v1/topics/{topic}/records?lastEventId={all}")).AssertProblem(416, "offset-out-of-range", "created since");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records", ("Accept", "text/event-stream"),
            ("Last-Event-ID", one))).AssertProblem(416, "offset-out-of-range", "created since");
    }

    [Fact]
    public async Task A_partition_stream_resumes_after_the_last_event_whatever_the_query_says()
    {
        var topic = await Host.NewTopicAsync();
        await ProduceAsync(topic, 0, "a", "b", "c");

        using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/partitions/0/records?offset=latest", "0");

        Assert.Equal(["b", "c"], (await events.TakeAsync(2)).Select(e => e.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task A_limit_ends_a_stream()
    {
        var topic = await Host.NewTopicAsync();
        await ProduceAsync(topic, 0, "a", "b", "c");
        using var one = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/partitions/0/records?limit=2");
        using var all = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records?from=earliest&limit=2");

        foreach (var events in (EventReader[])[one, all])
        {
            await events.TakeAsync(2);
            Assert.Null(await events.NextAsync());
        }
    }

    [Fact]
    public async Task A_quiet_stream_has_heartbeats()
    {
        var topic = await Host.NewTopicAsync(2);
        using var one = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/partitions/0/records");
        using var all = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records");

        await one.WaitForCommentAsync();
        await all.WaitForCommentAsync();
    }

    [Fact]
    public async Task A_stream_of_all_partitions_keeps_the_order_of_each()
    {
        var topic = await Host.NewTopicAsync(3);
        for (var i = 0; i < 10; i++)
        {
            for (var partition = 0; partition < 3; partition++)
                await ProduceAsync(topic, partition, $"{i}");
        }

        using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records?from=earliest");
        var records = await events.TakeAsync(30);

        foreach (var partition in records.GroupBy(r => r.GetProperty("partition").GetInt32()))
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), partition.Select(r => r.GetProperty("value").GetString()));
        Assert.Equal(await TokenAsync(topic, 10, 10, 10), events.LastEventId);
    }

    [Fact]
    public async Task Resuming_anywhere_loses_nothing_and_repeats_nothing()
    {
        var topic = await Host.NewTopicAsync(3);
        for (var partition = 0; partition < 3; partition++)
            await ProduceAsync(topic, partition, [.. Enumerable.Range(0, 20).Select(i => $"{partition}/{i}")]);
        var seen = new List<string?>();
        string? token = null;

        // Every connection is cut after another number of events; records go on coming in between.
        for (var cut = 1; seen.Count < 69; cut++)
        {
            using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records?from=earliest", token);
            seen.AddRange((await events.TakeAsync(Math.Min(cut, 69 - seen.Count))).Select(e => e.GetProperty("value").GetString()));
            token = events.LastEventId;
            if (cut <= 9)
                await ProduceAsync(topic, cut % 3, $"{cut % 3}/{20 + ((cut - 1) / 3)}");
        }

        Assert.Equal(69, seen.Distinct().Count());
        foreach (var partition in seen.GroupBy(v => v![0]))
            Assert.Equal(Enumerable.Range(0, 23).Select(i => $"{partition.Key}/{i}"), partition);
    }

    [Fact]
    public async Task A_client_that_is_cut_off_before_its_first_event_can_resume_too()
    {
        var topic = await Host.NewTopicAsync(2);
        await ProduceAsync(topic, 0, "old");
        string token;
        using (var first = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records?from=latest"))
        {
            await first.WaitForCommentAsync();
            token = await TokenAsync(topic, 1, 0);
        }

        await ProduceAsync(topic, 1, "new");
        using var second = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records?from=latest&lastEventId={token}");

        Assert.Equal("new", Assert.Single(await second.TakeAsync(1)).GetProperty("value").GetString());
    }

    [Fact]
    public async Task The_first_id_is_the_streams_beginning()
    {
        var topic = await Host.NewTopicAsync(2);
        await ProduceAsync(topic, 0, "old");

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/topics/{topic}/records");
        using var response = await Host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal(await TokenAsync(topic, 1, 0), Assert.Single(response.Headers.GetValues("CloudStream-Resume")));
        Assert.Equal($"id: {await TokenAsync(topic, 1, 0)}", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task Partitions_that_are_added_join_the_stream()
    {
        var topic = await Host.NewTopicAsync(1);
        using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records");

        (await Host.SendAsync(HttpMethod.Patch, $"/v1/topics/{topic}",
            HttpHost.Body("""{"partitions":2}""", "application/json"))).AssertOk();
        await ProduceAsync(topic, 1, "x");

        Assert.Equal(1, Assert.Single(await events.TakeAsync(1)).GetProperty("partition").GetInt32());
        Assert.Equal(await TokenAsync(topic, 0, 1), events.LastEventId);
    }

    [Fact]
    public async Task Deleting_the_topic_ends_the_stream_with_a_problem()
    {
        var topic = await Host.NewTopicAsync(2);
        using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/records");

        await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{topic}", null);

        var last = await events.NextAsync();
        Assert.Equal("problem", last?.Name);
        Assert.Equal("unknown-topic", last?.Data.GetProperty("code").GetString());
        Assert.Null(await events.NextAsync());
    }

    [Theory]
    [InlineData("partitions/0/records")]
    [InlineData("records?from=earliest")]
    public async Task A_stream_ends_with_its_topic_and_never_goes_on_in_another_one_of_its_name(string path)
    {
        var topic = await Host.NewTopicAsync();
        await ProduceAsync(topic, 0, "a", "b");
        using var events = await EventReader.OpenAsync(Host.Client, $"/v1/topics/{topic}/{path}");
        await events.TakeAsync(2);

        await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{topic}", null);
        await Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{topic}}","partitions":1}""");
        await ProduceAsync(topic, 0, "x0", "x1", "x2", "x3");

        var last = await events.NextAsync();
        Assert.Equal(("problem", "unknown-topic"), (last?.Name, last?.Data.GetProperty("code").GetString()));
        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task Lines_carry_the_token_when_asked()
    {
        var topic = await Host.NewTopicAsync(2);
        await ProduceAsync(topic, 1, "a", "b");

        var plain = (await Host.GetAsync(
            $"/v1/topics/{topic}/records?from=earliest&limit=2", ("Accept", "application/x-ndjson"))).AssertOk();
        var tokens = (await Host.GetAsync(
            $"/v1/topics/{topic}/records?from=earliest&limit=2&tokens=true", ("Accept", "application/x-ndjson"))).AssertOk();

        Assert.Equal(["a", "b"], plain.Lines.Select(l => l.GetProperty("value").GetString()));
        Assert.All(plain.Lines, l => Assert.False(l.TryGetProperty("resume", out _)));
        Assert.Equal([await TokenAsync(topic, 0, 1), await TokenAsync(topic, 0, 2)],
            tokens.Lines.Select(l => l.GetProperty("resume").GetString()));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0:1,1:2")]
    [InlineData("AQAAAAAAAAAAAAAAAAAAAAAC")] // cut
    [InlineData("AQAAAAAAAAAAAAAAAAAAAAAAAAAA AAAA")]
    [InlineData("AwAAAAAAAAAAAAAAAAAAAAAAAAAA")] // kind 3
    public async Task A_bad_token_is_refused(string token)
    {
        var topic = await Host.NewTopicAsync(2);

        (await Host.GetAsync($"/v1/topics/{topic}/records", ("Last-Event-ID", token))).AssertProblem(
            400, "invalid-request", "Last-Event-ID");
    }

    [Fact]
    public async Task A_token_of_records_that_are_gone_or_never_were_is_out_of_range()
    {
        var topic = await Host.NewTopicAsync(2);
        await ProduceAsync(topic, 1, "a", "b");
        (await Host.PostJsonAsync($"/v1/topics/{topic}/partitions/1/delete-records", """{"beforeOffset":2}""")).AssertOk();

        (await Host.GetAsync($"/v1/topics/{topic}/records", ("Last-Event-ID", await TokenAsync(topic, 0, 1)))).AssertProblem(
            416, "offset-out-of-range", "Partition 1");
        (await Host.GetAsync($"/v1/topics/{topic}/records", ("Last-Event-ID", await TokenAsync(topic, 7)))).AssertProblem(
            416, "offset-out-of-range", "Partition 0");
        (await Host.GetAsync($"/v1/topics/{topic}/records", ("Last-Event-ID", await TokenAsync(topic, 0, 2, 0)))).AssertProblem(
            404, "unknown-partition");
    }

    [Fact]
    public async Task What_is_wrong_is_said_before_a_stream_begins()
    {
        var topic = await Host.NewTopicAsync();
        var accept = ("Accept", "text/event-stream");

        (await Host.GetAsync("/v1/topics/no-such-topic/records", accept)).AssertProblem(404, "unknown-topic");
        (await Host.GetAsync("/v1/topics/no-such-topic/partitions/0/records", accept)).AssertProblem(404, "unknown-topic");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records?offset=9", accept)).AssertProblem(416, "offset-out-of-range");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records?wait=1s", accept)).AssertProblem(400, "invalid-request", "wait");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records", accept, ("Last-Event-ID", "x"))).AssertProblem(
            400, "invalid-request", "Last-Event-ID");
        (await Host.GetAsync($"/v1/topics/{topic}/records?from=noon", accept)).AssertProblem(400, "invalid-request", "noon");
        (await Host.GetAsync($"/v1/topics/{topic}/records", ("Accept", "application/json"))).AssertProblem(
            406, "not-acceptable", "text/event-stream", "application/x-ndjson");
    }

    private async Task<string> TokenAsync(string topic, params long[] offsets)
    {
        var info = await fixture.Broker.FindTopicAsync(topic, CancellationToken.None);
        return Encoding.ASCII.GetString(new ResumeTokenWriter(info!.Id, [.. offsets.Select((o, i) => new TailPosition(i, o))]).Write());
    }

    private async Task ProduceAsync(string topic, int partition, params string[] values) =>
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?partition={partition}",
            $"[{string.Join(",", values.Select(v => $$"""{"value":"{{v}}"}"""))}]")).AssertOk();
}
