using CloudStream.Http.Face;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

public class FetchRecordsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task A_page_says_where_to_go_on_in_body_and_headers()
    {
        var path = await TopicWithAsync(5);

        var page = (await Host.GetAsync($"{path}?offset=1&limit=2")).AssertOk();

        Assert.Equal("application/json", page.ContentType);
        Assert.Equal([1, 2], page.Json.GetProperty("records").EnumerateArray().Select(r => r.GetProperty("offset").GetInt64()));
        Assert.Equal(
            (3, 5, 0),
            (page.Json.GetProperty("nextOffset").GetInt64(), page.Json.GetProperty("highWatermark").GetInt64(),
                page.Json.GetProperty("logStartOffset").GetInt64()));
        Assert.Equal(
            ("3", "5", "0"),
            (page.Headers["CloudStream-Next-Offset"], page.Headers["CloudStream-High-Watermark"],
                page.Headers["CloudStream-Log-Start-Offset"]));
    }

    [Fact]
    public async Task Going_on_at_the_next_offset_reads_everything_once()
    {
        var path = await TopicWithAsync(7);
        var values = new List<string?>();
        var next = 0L;
        do
        {
            var page = (await Host.GetAsync($"{path}?offset={next}&limit=3")).AssertOk().Json;
            values.AddRange(page.GetProperty("records").EnumerateArray().Select(r => r.GetProperty("value").GetString()));
            next = page.GetProperty("nextOffset").GetInt64();
        }
        while (next < 7);

        Assert.Equal(["v0", "v1", "v2", "v3", "v4", "v5", "v6"], values);
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("application/x-ndjson", "application/x-ndjson")]
    [InlineData("application/json;q=0.5, application/x-ndjson", "application/x-ndjson")]
    [InlineData("text/html, application/json;q=0.1", "application/json")]
    [InlineData("application/json; charset=utf-8", "application/json")]
    public async Task The_client_chooses_the_representation(string accept, string expected) =>
        Assert.Equal(expected, (await Host.GetAsync(await TopicWithAsync(1), ("Accept", accept))).AssertOk().ContentType);

    [Theory]
    [InlineData("application/vnd.apache.arrow.stream")]
    [InlineData("text/html")]
    [InlineData("application/json;q=0, text/html")]
    [InlineData("nonsense")]
    public async Task An_unsupported_accept_lists_what_there_is(string accept) =>
        (await Host.GetAsync(await TopicWithAsync(1), ("Accept", accept))).AssertProblem(
            406, "not-acceptable", "application/json", "application/x-ndjson", "text/event-stream");

    [Fact]
    public async Task Ndjson_is_one_record_a_line()
    {
        var path = await TopicWithAsync(3);

        var lines = (await Host.GetAsync(path, ("Accept", "application/x-ndjson"))).AssertOk().Lines;

        Assert.Equal(["v0", "v1", "v2"], lines.Select(l => l.GetProperty("value").GetString()));
        Assert.Equal([0, 1, 2], lines.Select(l => l.GetProperty("offset").GetInt64()));
    }

    [Fact]
    public async Task Latest_and_the_end_are_empty_pages()
    {
        var path = await TopicWithAsync(2);

        foreach (var where in (string[])["offset=latest", "offset=2"])
        {
            var page = (await Host.GetAsync($"{path}?{where}")).AssertOk().Json;
            Assert.Empty(page.GetProperty("records").EnumerateArray());
            Assert.Equal(2, page.GetProperty("nextOffset").GetInt64());
        }
    }

    [Fact]
    public async Task A_timestamp_begins_at_the_first_record_that_is_as_new()
    {
        var topic = await Host.NewTopicAsync();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"value":"a","timestamp":1000},{"value":"b","timestamp":2000},{"value":"c","timestamp":3000}]""")).AssertOk();
        var path = $"/v1/topics/{topic}/partitions/0/records";

        Assert.Equal(["b", "c"], await ValuesAsync($"{path}?timestamp=1500"));
        Assert.Equal(["c"], await ValuesAsync($"{path}?timestamp=1970-01-01T00:00:03Z"));
        Assert.Empty(await ValuesAsync($"{path}?timestamp=3001"));
    }

    [Fact]
    public async Task Waiting_ends_when_a_record_comes()
    {
        var topic = await Host.NewTopicAsync();
        var waiting = Host.GetAsync($"/v1/topics/{topic}/partitions/0/records?wait=20s");

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"x"}""")).AssertOk();

        Assert.Equal("x", (await waiting).AssertOk().Json.GetProperty("records")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task Values_are_shown_as_asked()
    {
        var topic = await Host.NewTopicAsync();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"valueBase64":"eyJhIjoKIDF9"},{"value":"no json"},{"valueBase64":"/w=="}]""")).AssertOk();
        var path = $"/v1/topics/{topic}/partitions/0/records";

        var json = (await Host.GetAsync($"{path}?valueFormat=json")).AssertOk().Json.GetProperty("records");
        var base64 = (await Host.GetAsync($"{path}?valueFormat=base64")).AssertOk().Json.GetProperty("records");
        var text = (await Host.GetAsync($"{path}?valueFormat=string")).AssertOk().Json.GetProperty("records");

        Assert.Equal("""{"a":1}""", json[0].GetProperty("value").GetRawText());
        Assert.Equal("bm8ganNvbg==", json[1].GetProperty("valueBase64").GetString());
        Assert.Equal("eyJhIjoKIDF9", base64[0].GetProperty("valueBase64").GetString());
        Assert.Equal("no json", text[1].GetProperty("value").GetString());
        Assert.Equal("\ufffd", text[2].GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("offset=-1", "earliest or latest")]
    [InlineData("offset=x", "\"x\"")]
    [InlineData("offset=1&timestamp=1", "exclude")]
    [InlineData("timestamp=-1", "timestamp")]
    [InlineData("limit=0", "1 to 10000")]
    [InlineData("limit=10001", "1 to 10000")]
    [InlineData("limit=ten", "integer")]
    [InlineData("maxBytes=0", "67108864")]
    [InlineData("maxBytes=67108865", "67108864")]
    [InlineData("wait=61s", "60000")]
    [InlineData("wait=-1", "wait")]
    [InlineData("wait=soon", "500ms")]
    [InlineData("valueFormat=hex", "base64")]
    [InlineData("keyFormat=hex", "keyFormat")]
    [InlineData("ofset=1", "ofset")]
    public async Task Bad_parameters_are_named(string query, string word) =>
        (await Host.GetAsync($"{await TopicWithAsync(1)}?{query}")).AssertProblem(400, "invalid-request", word);

    [Fact]
    public async Task An_offset_outside_the_log_says_where_the_log_is()
    {
        var topic = await Host.NewTopicAsync();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """[{"value":"a"},{"value":"b"},{"value":"c"}]""")).AssertOk();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/partitions/0/delete-records", """{"beforeOffset":2}""")).AssertOk();

        foreach (var offset in (int[])[0, 4])
        {
            var problem = (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records?offset={offset}")).AssertProblem(
                416, "offset-out-of-range").Json;
            Assert.Equal((2, 3), (problem.GetProperty("logStartOffset").GetInt64(), problem.GetProperty("highWatermark").GetInt64()));
        }

        Assert.Equal(["c"], await ValuesAsync($"/v1/topics/{topic}/partitions/0/records"));
    }

    [Fact]
    public async Task Unknown_topics_and_partitions_are_not_found()
    {
        var topic = await Host.NewTopicAsync(2);

        (await Host.GetAsync("/v1/topics/no-such-topic/partitions/0/records")).AssertProblem(404, "unknown-topic");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/2/records")).AssertProblem(404, "unknown-partition");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/-1/records")).AssertProblem(400, "invalid-request", "partition");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/x/records")).AssertProblem(400, "invalid-request", "partition");
    }

    [Fact]
    public async Task Offsets_are_found_by_place_and_time()
    {
        var topic = await Host.NewTopicAsync();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"value":"a","timestamp":1000},{"value":"b","timestamp":2000}]""")).AssertOk();
        var path = $"/v1/topics/{topic}/partitions/0/offsets";

        Assert.Equal(0, (await Host.GetAsync($"{path}?at=earliest")).AssertOk().Json.GetProperty("offset").GetInt64());
        Assert.Equal(2, (await Host.GetAsync($"{path}?at=latest")).AssertOk().Json.GetProperty("offset").GetInt64());
        var byTime = (await Host.GetAsync($"{path}?at=1001")).AssertOk().Json;
        Assert.Equal((1, 2000), (byTime.GetProperty("offset").GetInt64(), byTime.GetProperty("timestamp").GetInt64()));
        Assert.Equal(-1, (await Host.GetAsync($"{path}?at=9999")).AssertOk().Json.GetProperty("offset").GetInt64());
        (await Host.GetAsync($"{path}?at=-5")).AssertProblem(400, "invalid-request", "max-timestamp");
    }

    [Theory]
    [InlineData("""{"beforeOffset":-2}""", 400, "invalid-request")]
    [InlineData("""{"beforeOffset":"1"}""", 400, "invalid-request")]
    [InlineData("{}", 400, "invalid-request")]
    [InlineData("""{"beforeOffset":99}""", 416, "offset-out-of-range")]
    public async Task Deleting_records_is_checked(string json, int status, string code)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/partitions/0/delete-records", json)).AssertProblem(status, code);
    }

    [Theory]
    [InlineData("""{"firstOffset":0,"lastOffset":1,"by":"Ada"}""", 400, "invalid-request", "Offset 0 can be read")]
    [InlineData("""{"firstOffset":0,"lastOffset":2,"by":"Ada"}""", 416, "offset-out-of-range", "ends at 2")]
    [InlineData("""{"firstOffset":1,"lastOffset":0,"by":"Ada"}""", 400, "invalid-request", "are no offsets")]
    [InlineData("""{"firstOffset":0,"lastOffset":1,"by":""}""", 400, "invalid-request", "must be said in 1 to 200 characters")]
    [InlineData("""{"firstOffset":0,"lastOffset":1}""", 400, "invalid-request", "by")]
    [InlineData("""{"firstOffset":0,"by":"Ada"}""", 400, "invalid-request", "lastOffset")]
    [InlineData("""{"lastOffset":1,"by":"Ada"}""", 400, "invalid-request", "firstOffset")]
    public async Task Records_that_can_be_read_are_not_accepted_as_lost_and_requests_are_checked(
        string json, int status, string code, string detail)
    {
        var records = await TopicWithAsync(2);

        var losses = records.Replace("/records", "/losses", StringComparison.Ordinal);
        (await Host.PostJsonAsync(losses, json)).AssertProblem(status, code, detail);
    }

    private async Task<string> TopicWithAsync(int records)
    {
        var topic = await Host.NewTopicAsync();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            $"[{string.Join(",", Enumerable.Range(0, records).Select(i => $$"""{"value":"v{{i}}"}"""))}]")).AssertOk();
        return $"/v1/topics/{topic}/partitions/0/records";
    }

    private async Task<string[]> ValuesAsync(string path) =>
        [.. (await Host.GetAsync(path)).AssertOk().Json.GetProperty("records").EnumerateArray().Select(
            r => r.GetProperty("value").GetString()!)];
}
