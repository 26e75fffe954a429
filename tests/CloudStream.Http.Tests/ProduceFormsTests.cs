using CloudStream.Log.Calls;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

/// <summary>
/// What clients send that is not quite what the document shows: taken where it is plain what is meant, otherwise refused in clear terms.
/// </summary>
public sealed class ProduceFormsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Mark = "\uFEFF";

    private HttpHost Host => fixture.Host;

    [Theory]
    [InlineData("application/ndjson")]
    [InlineData("application/jsonl")]
    [InlineData("application/x-jsonlines")]
    [InlineData("application/stream+json")]
    [InlineData("Application/JSONL; charset=utf-8")]
    [InlineData("text/x-ndjson")]
    public async Task Every_name_that_ndjson_goes_by_is_a_record_a_line(string type)
    {
        var topic = await Host.NewTopicAsync();

        var answer = (await Host.PostAsync(
            $"/v1/topics/{topic}/records", HttpHost.Body("{\"value\":\"a\"}\n{\"value\":\"b\"}\n", type))).AssertOk();

        Assert.Equal(2, answer.Json.GetProperty("accepted").GetInt64());
        Assert.Equal(["a", "b"], await ValuesAsync(topic));
    }

    [Fact]
    public async Task A_json_sequence_is_refused_and_not_stored_as_one_record()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync($"/v1/topics/{topic}/records", HttpHost.Body("\u001e{\"value\":\"a\"}\n", "application/json-seq")))
            .AssertProblem(415, "unsupported-media-type", "application/x-ndjson");

        Assert.Empty(await ValuesAsync(topic));
    }

    [Fact]
    public async Task A_byte_order_mark_before_json_is_passed_over()
    {
        var topic = await Host.NewTopicAsync();
        var path = $"/v1/topics/{topic}/records";

        (await Host.PostJsonAsync(path, Mark + "{\"value\":\"a\"}")).AssertOk();
        (await Host.PostAsync(path, HttpHost.Body(Mark + "{\"value\":\"b\"}\n{\"value\":\"c\"}\n", "application/x-ndjson"))).AssertOk();
        (await Host.SendAsync(HttpMethod.Patch, $"/v1/topics/{topic}",
            HttpHost.Body(Mark + """{"config":{"retention.ms":"1000000"}}""", "application/json"))).AssertOk();
        (await Host.PostAsync(path, HttpHost.Body(Mark, "application/x-ndjson"))).AssertOk();

        Assert.Equal(["a", "b", "c"], await ValuesAsync(topic));
        (await Host.PostJsonAsync(path, Mark)).AssertProblem(400, "invalid-request", "empty");
        (await Host.PostAsync(path, HttpHost.Body(
            $"{{\"value\":\"d\"}}\n{Mark}{{\"value\":\"e\"}}\n", "application/x-ndjson"))).AssertProblem(400, "invalid-request", "Line 2");
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00.12345678Z")]
    [InlineData("2026-01-31T12:00:00.123456789Z")]
    [InlineData("2026-01-31T14:00:00.123999999+02:00")]
    public async Task Timestamps_with_more_digits_than_milliseconds_are_cut(string time)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", $$"""{"value":"a","timestamp":"{{time}}"}""")).AssertOk();
        (await Host.PostAsync($"/v1/topics/{topic}/records?timestamp={Uri.EscapeDataString(time)}",
            HttpHost.Body("b", "text/plain"))).AssertOk();

        var found = (await Host.GetAsync(
            $"/v1/topics/{topic}/partitions/0/records?timestamp={Uri.EscapeDataString(time)}")).AssertOk().Json.GetProperty(
                "records").EnumerateArray();
        Assert.Equal([1769860800123, 1769860800123], found.Select(r => r.GetProperty("timestamp").GetInt64()));
    }

    [Theory]
    [InlineData("%FF%00a", "/wBh")]
    [InlineData("%c3%28+%2B", "wyggKw==")]
    [InlineData("%ed%a0%80", "7aCA")]
    public async Task A_key_whose_escapes_are_not_utf8_is_those_bytes(string escaped, string base64)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync($"/v1/topics/{topic}/records?key={escaped}", HttpHost.Body("v", "text/plain"))).AssertOk();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?partition=0&key={escaped}", """{"value":"v"}""")).AssertOk();

        var records = (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records?keyFormat=base64")).AssertOk().Json.GetProperty(
            "records").EnumerateArray();
        Assert.Equal([base64, base64], records.Select(r => r.GetProperty("keyBase64").GetString()));
    }

    [Theory]
    [InlineData("key=%zz+%C3%A4%26&partition=0", "%zz ä&")]
    [InlineData("partition=0&key=", "")]
    public async Task A_key_that_is_text_stays_what_it_was(string query, string key)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync($"/v1/topics/{topic}/records?{query}", HttpHost.Body("v", "text/plain"))).AssertOk();

        Assert.Equal(key, (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).AssertOk().Json.GetProperty(
            "records")[0].GetProperty("key").GetString());
    }

    [Fact]
    public async Task Other_escapes_that_are_not_utf8_are_refused()
    {
        (await Host.GetAsync("/v1/groups/%FF")).AssertProblem(400, "invalid-request", "%FF", "UTF-8");
        (await Host.GetAsync("/v1/topics/t/records?from=%FF")).AssertProblem(400, "invalid-request", "from", "UTF-8");
    }

    [Theory]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-Unmodified-Since", "Sat, 31 Jan 2026 12:00:00 GMT")]
    [InlineData("Content-Range", "bytes 0-1/2")]
    public async Task A_condition_that_means_nothing_to_a_produce_is_refused(string header, string value)
    {
        var topic = await Host.NewTopicAsync();
        foreach (var type in (string[])["application/json", "application/x-ndjson", "text/plain"])
        {
            using var body = HttpHost.Body("""{"value":"a"}""", type);
            if (header == "Content-Range")
                body.Headers.TryAddWithoutValidation(header, value);
            (await Host.PostAsync($"/v1/topics/{topic}/records", body, header == "Content-Range" ? [] : [(header, value)]))
                .AssertProblem(400, "invalid-request", header, "If-Match with an offset");
        }

        Assert.Empty(await ValuesAsync(topic));
    }

    [Fact]
    public async Task Conditions_of_other_requests_are_not_passed_over_either()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{topic}", null, ("If-Match", "\"1\""))).AssertProblem(
            400, "invalid-request", "If-Match");
        (await Host.PostAsync($"/v1/topics/{topic}/partitions/0/batches", HttpHost.Body([], "application/vnd.cloudstream.batches"),
            ("Producer-Seq", "0")))
            .AssertProblem(400, "invalid-request", "Producer-Seq");
        (await Host.GetAsync($"/v1/topics/{topic}", ("If-Match", "\"1\""))).AssertProblem(400, "invalid-request", "If-Match");
        (await Host.GetAsync($"/v1/topics/{topic}", ("If-None-Match", "\"1\""),
            ("If-Modified-Since", "Sat, 31 Jan 2026 12:00:00 GMT"))).AssertOk();
    }

    [Fact]
    public async Task Where_a_part_was_committed_nobody_says_that_nothing_was_changed()
    {
        var broker = new ScriptedBroker(fixture.Broker);
        await using var host = await HttpHost.StartAsync(broker, o => o.StreamRetry = TimeSpan.Zero);
        var topic = await host.NewTopicAsync(2);
        broker.OnAppend = partition => partition.Index == 1 ? AppendResult.Failed(ErrorCode.ShuttingDown) : null;

        var stream = await host.PostAsync($"/v1/topics/{topic}/records",
            HttpHost.Body("{\"value\":\"a\",\"partition\":0}\n{\"value\":\"b\",\"partition\":1}\n", "application/x-ndjson"));
        var request = await host.PostJsonAsync(
            $"/v1/topics/{topic}/records", """[{"value":"a","partition":0},{"value":"b","partition":1}]""");
        var alone = await host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"b","partition":1}""");

        Assert.Equal(1, stream.AssertProblem(503, "shutting-down").Json.GetProperty("accepted").GetInt64());
        request.AssertProblem(503, "shutting-down", "Other records of the request are committed");
        Assert.DoesNotContain("othing was changed", stream.Text + request.Text, StringComparison.Ordinal);
        alone.AssertProblem(503, "shutting-down", "nothing was changed");
    }

    [Fact]
    public async Task A_defect_in_the_append_to_one_partition_does_not_hide_what_the_others_have_stored()
    {
        var broker = new ScriptedBroker(fixture.Broker);
        await using var host = await HttpHost.StartAsync(broker, o => o.StreamRetry = TimeSpan.Zero);
        var topic = await host.NewTopicAsync(2);
        broker.OnAppend = partition => partition.Index == 0 ? throw new InvalidOperationException("a defect") : null;

        var stream = await host.PostAsync($"/v1/topics/{topic}/records",
            HttpHost.Body("{\"value\":\"a\",\"partition\":0}\n{\"value\":\"b\",\"partition\":1}\n", "application/x-ndjson"));
        var request = await host.PostJsonAsync(
            $"/v1/topics/{topic}/records", """[{"value":"a","partition":0},{"value":"b","partition":1}]""");

        Assert.Equal(1, stream.AssertProblem(503, "outcome-unknown").Json.GetProperty("accepted").GetInt64());
        var results = request.AssertProblem(503, "outcome-unknown").Json.GetProperty("results");
        Assert.Equal("outcome-unknown", results[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(1, results[1].GetProperty("offset").GetInt64());
        Assert.DoesNotContain("a defect", stream.Text + request.Text, StringComparison.Ordinal);
    }

    private async Task<string[]> ValuesAsync(string topic) =>
        [.. (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).AssertOk().Json.GetProperty(
            "records").EnumerateArray().Select(r => r.GetProperty("value").GetString()!)];
}
