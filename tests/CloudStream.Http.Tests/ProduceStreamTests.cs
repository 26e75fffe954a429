using System.Text;
using System.Text.Json;
using CloudStream.Cluster;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Tests;

public class ProduceStreamTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task Lines_are_records_and_the_answer_counts_them_by_partition()
    {
        var topic = await Host.NewTopicAsync(2);
        const string Lines = """
            {"partition":0,"value":"a"}
            {"partition":1,"value":"b"}

            {"partition":0,"value":"c"}
            """;

        var answer = (await StreamAsync(topic, Lines)).AssertOk();

        Assert.Equal(
            """{"accepted":3,"partitions":{"0":{"firstOffset":0,"lastOffset":1,"count":2},"1":{"firstOffset":0,"lastOffset":0,"count":"""
                + """1}}}""", answer.Text);
        Assert.Equal(["a", "c"], await ValuesAsync(topic, 0));
        Assert.Equal(["b"], await ValuesAsync(topic, 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n  \n")]
    public async Task No_lines_are_no_records(string body) =>
        Assert.Equal("""{"accepted":0,"partitions":{}}""", (await StreamAsync(await Host.NewTopicAsync(), body)).AssertOk().Text);

    [Theory]
    [InlineData("nope", "invalid-request", "Line 3")]
    [InlineData("{\"value\":\"x\"", "invalid-request", "Line 3")]
    [InlineData("{\"value\":\"x\"} {}", "invalid-request", "byte 15")]
    [InlineData("[]", "invalid-request", "object")]
    [InlineData("{\"valu\":\"x\"}", "invalid-request", "valu")]
    [InlineData("{\"valueBase64\":\"?\"}", "invalid-request", "base64")]
    [InlineData("{\"value\":\"x\",\"partition\":-3}", "invalid-request", "-3")]
    [InlineData("{\"value\":\"x\",\"partition\":3}", "unknown-partition", "line 3")]
    public async Task What_came_before_a_broken_line_is_committed_and_nothing_after_it_is_read(string broken, string code, string word)
    {
        var topic = await Host.NewTopicAsync();

        var answer = await StreamAsync(topic, $"{{\"value\":\"a\"}}\n{{\"value\":\"b\"}}\n{broken}\n{{\"value\":\"c\"}}\n");

        var problem = answer.AssertProblem(code == "unknown-partition" ? 404 : 400, code, word).Json;
        Assert.Equal((3, 2), (problem.GetProperty("line").GetInt64(), problem.GetProperty("accepted").GetInt64()));
        Assert.Equal("""{"0":{"firstOffset":0,"lastOffset":1,"count":2}}""", problem.GetProperty("partitions").GetRawText());
        Assert.Equal(["a", "b"], await ValuesAsync(topic, 0));
    }

    [Fact]
    public async Task An_oversize_line_is_refused_with_its_number_and_the_limit()
    {
        var topic = await Host.NewTopicAsync(1, """{"max.message.bytes":"2000"}""");

        var record = await StreamAsync(topic, $"{{\"value\":\"a\"}}\n{{\"value\":\"{new string('x', 3000)}\"}}\n");
        var line = await StreamAsync(topic, $"{{\"value\":\"b\"}}\n{{\"value\":\"{new string('x', 100_000)}\"}}\n");

        foreach (var answer in (Answer[])[record, line])
        {
            var problem = answer.AssertProblem(413, "message-too-large", "2000").Json;
            Assert.Equal((2, 1), (problem.GetProperty("line").GetInt64(), problem.GetProperty("accepted").GetInt64()));
        }

        Assert.Equal(["a", "b"], await ValuesAsync(topic, 0));
    }

    [Fact]
    public async Task A_long_stream_is_taken_in_order_whatever_its_pieces()
    {
        var topic = await Host.NewTopicAsync(4);
        var text = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
            text.Append("{\"key\":\"k").Append(i % 10).Append("\",\"value\":\"").Append(i).Append(' ').Append('x', i % 300).Append("\"}\n");

        var answer = (await Host.PostAsync($"/v1/topics/{topic}/records", Chunks(Encoding.UTF8.GetBytes(text.ToString()), 777))).AssertOk();

        Assert.Equal(20_000, answer.Json.GetProperty("accepted").GetInt64());
        var seen = 0;
        for (var partition = 0; partition < 4; partition++)
        {
            var numbers = new Dictionary<string, int>();
            foreach (var record in await RecordsAsync(topic, partition))
            {
                var key = record.GetProperty("key").GetString()!;
                var number = int.Parse(record.GetProperty("value").GetString()!.Split(' ')[0]);
                Assert.True(number > numbers.GetValueOrDefault(key, -1), $"{key}: {number} came after {numbers.GetValueOrDefault(key)}");
                numbers[key] = number;
                seen++;
            }
        }

        Assert.Equal(20_000, seen);
    }

    [Fact]
    public async Task Lines_are_appended_while_the_stream_is_open_and_results_come_back_in_order()
    {
        var topic = await Host.NewTopicAsync(2);
        using var stream = await DuplexRequest.OpenAsync(Host.Address, $"/v1/topics/{topic}/records?results=true");

        await stream.WriteAsync("{\"partition\":1,\"value\":\"a\"}\n");
        Assert.Equal("""{"partition":1,"offset":0}""", await stream.ReadLineAsync());
        await stream.WriteAsync("{\"partition\":1,\"value\":\"b\"}\n{\"partition\":0,\"value\":\"c\"}\n");
        Assert.Equal("""{"partition":1,"offset":1}""", await stream.ReadLineAsync());
        Assert.Equal("""{"partition":0,"offset":0}""", await stream.ReadLineAsync());
        await stream.CompleteAsync();
        Assert.Null(await stream.ReadLineAsync());

        Assert.Equal((200, "application/x-ndjson"), (stream.Status, stream.Headers["Content-Type"]));
        Assert.Equal(["a", "b"], await ValuesAsync(topic, 1));
    }

    [Fact]
    public async Task A_broken_line_after_results_were_sent_is_the_last_line()
    {
        var topic = await Host.NewTopicAsync();
        using var stream = await DuplexRequest.OpenAsync(Host.Address, $"/v1/topics/{topic}/records?results=true");
        await stream.WriteAsync("{\"value\":\"a\"}\n");
        await stream.ReadLineAsync();

        await stream.WriteAsync("{\"value\":\n");

        var last = JsonDocument.Parse((await stream.ReadLineAsync())!).RootElement.GetProperty("error");
        Assert.Equal(("invalid-request", 2, 1),
            (last.GetProperty("code").GetString(), last.GetProperty("line").GetInt64(), last.GetProperty("accepted").GetInt64()));
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_whole_lines_behind_and_harms_nobody()
    {
        var topic = await Host.NewTopicAsync();
        using (var stream = await DuplexRequest.OpenAsync(Host.Address, $"/v1/topics/{topic}/records?results=true"))
        {
            await stream.WriteAsync("{\"value\":\"a\"}\n{\"value\":\"b\"}\n");
            await stream.ReadLineAsync();
            await stream.ReadLineAsync();
            await stream.WriteAsync("{\"value\":\"ha");
            stream.Abort();
        }

        (await StreamAsync(topic, "{\"value\":\"c\"}\n")).AssertOk();
        Assert.Equal(["a", "b", "c"], await ValuesAsync(topic, 0));
    }

    [Fact]
    public async Task A_conditional_stream_is_one_batch_or_nothing()
    {
        var topic = await Host.NewTopicAsync(2);
        var path = $"/v1/topics/{topic}/records?partition=0";
        const string Lines = "{\"value\":\"a\"}\n{\"value\":\"b\"}\n";

        (await Host.PostAsync(path, Ndjson(Lines + "broken"), ("If-Match", "\"0\""))).AssertProblem(400, "invalid-request", "Line 3");
        Assert.Empty(await ValuesAsync(topic, 0));
        (await Host.PostAsync(path, Ndjson(Lines), ("If-Match", "\"0\""))).AssertOk();
        var late = (await Host.PostAsync(path, Ndjson(Lines), ("If-Match", "\"0\""))).AssertProblem(409, "offset-mismatch").Json;

        Assert.Equal((2, 0), (late.GetProperty("endOffset").GetInt64(), late.GetProperty("accepted").GetInt64()));
        Assert.Equal(["a", "b"], await ValuesAsync(topic, 0));
    }

    [Fact]
    public async Task Back_pressure_stops_the_reading_and_nothing_is_lost()
    {
        var refusals = 5;
        var broker = new ScriptedBroker(fixture.Broker);
        await using var host = await HttpHost.StartAsync(broker);
        var topic = await host.NewTopicAsync();
        broker.OnAppend = _ => Interlocked.Decrement(ref refusals) >= 0 ? AppendResult.Failed(ErrorCode.Overloaded, "full", 1) : null;

        var answer = (await host.PostAsync($"/v1/topics/{topic}/records", Ndjson("{\"value\":\"a\"}\n{\"value\":\"b\"}\n"))).AssertOk();

        Assert.Equal(2, answer.Json.GetProperty("accepted").GetInt64());
        Assert.Equal(["a", "b"], await ValuesAsync(topic, 0));
    }

    [Fact]
    public async Task An_append_that_fails_ends_the_stream_with_what_was_committed()
    {
        var broker = new ScriptedBroker(fixture.Broker);
        await using var host = await HttpHost.StartAsync(broker, o => o.StreamRetry = TimeSpan.Zero);
        var topic = await host.NewTopicAsync(2);
        broker.OnAppend = partition => partition.Index == 1 ? AppendResult.Failed(ErrorCode.OutcomeUnknown, "lost reply") : null;

        var problem = (await host.PostAsync(
            $"/v1/topics/{topic}/records", Ndjson("{\"value\":\"a\",\"partition\":0}\n{\"value\":\"b\",\"partition\":1}\n")))
            .AssertProblem(503, "outcome-unknown", "lost reply").Json;

        Assert.Equal((1, 2), (problem.GetProperty("accepted").GetInt64(), problem.GetProperty("line").GetInt64()));
        Assert.Equal("""{"0":{"firstOffset":0,"lastOffset":0,"count":1}}""", problem.GetProperty("partitions").GetRawText());
    }

    [Fact]
    public async Task A_stream_holds_no_more_than_its_limit_while_appends_are_slow()
    {
        var broker = new ScriptedBroker(fixture.Broker);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await HttpHost.StartAsync(broker, o => o.MaxStreamBufferBytes = 64 * 1024);
        var topic = await host.NewTopicAsync();
        broker.BeforeAppend = _ =>
        {
            blocked.TrySetResult();
            return gate.Task;
        };
        var line = Encoding.UTF8.GetBytes($"{{\"value\":\"{new string('x', 10_000)}\"}}\n");
        var body = new LineByLine("application/x-ndjson");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/topics/{topic}/records") { Content = body };
        var sending = host.Client.SendAsync(request);

        // Far more than socket buffers, request buffer and stream buffer together hold: the writer must get stuck.
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 3000; i++)
                await body.WriteAsync(line);
            body.Complete();
        });
        await blocked.Task;
        Assert.False(writing.IsCompleted);
        gate.SetResult();
        await writing;

        using var response = await sending;
        Assert.Equal(3000, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("accepted").GetInt64());
    }

    [Fact]
    public async Task Stopping_ends_an_open_stream_after_what_was_read_is_committed()
    {
        await using var host = await HttpHost.StartAsync(fixture.Broker);
        var topic = await host.NewTopicAsync();
        using var stream = await DuplexRequest.OpenAsync(host.Address, $"/v1/topics/{topic}/records?results=true");
        await stream.WriteAsync("{\"value\":\"a\"}\n");
        await stream.ReadLineAsync();

        var stopping = host.StopAsync();

        var last = JsonDocument.Parse((await stream.ReadLineAsync())!).RootElement.GetProperty("error");
        Assert.Equal(("shutting-down", 1), (last.GetProperty("code").GetString(), last.GetProperty("accepted").GetInt64()));
        Assert.DoesNotContain("nothing was changed", last.GetRawText(), StringComparison.Ordinal);
        stream.Abort();
        await stopping;
    }

    private static HttpContent Ndjson(string lines) => HttpHost.Body(lines, "application/x-ndjson");

    private static StreamContent Chunks(byte[] bytes, int size)
    {
        var content = new StreamContent(new MemoryStream(bytes), size);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
        return content;
    }

    private Task<Answer> StreamAsync(string topic, string lines) => Host.PostAsync($"/v1/topics/{topic}/records", Ndjson(lines));

    private async Task<List<JsonElement>> RecordsAsync(string topic, int partition)
    {
        var records = new List<JsonElement>();
        while (true)
        {
            var page = (await Host.GetAsync(
                $"/v1/topics/{topic}/partitions/{partition}/records?offset={records.Count}&limit=10000&maxBytes=10000000")).AssertOk().Json;
            records.AddRange(page.GetProperty("records").EnumerateArray());
            if (records.Count == page.GetProperty("highWatermark").GetInt64())
                return records;
        }
    }

    private async Task<string[]> ValuesAsync(string topic, int partition) =>
        [.. (await RecordsAsync(topic, partition)).Select(r => r.GetProperty("value").GetString()!)];
}
