using System.Text.Json;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

public class ProduceRecordsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Theory]
    [InlineData("""{"records":[{"key":"k","value":"v"}]}""")]
    [InlineData("""[{"key":"k","value":"v"}]""")]
    [InlineData("""{"key":"k","value":"v"}""")]
    public async Task A_record_comes_in_three_wrappings(string json)
    {
        var topic = await Host.NewTopicAsync();

        var produced = (await Host.PostJsonAsync($"/v1/topics/{topic}/records", json)).AssertOk().Json;

        var result = Assert.Single(produced.GetProperty("results").EnumerateArray());
        Assert.Equal(0, result.GetProperty("partition").GetInt32());
        Assert.Equal(0, result.GetProperty("offset").GetInt64());
        Assert.True(result.GetProperty("timestamp").GetInt64() > 1_700_000_000_000);
        var record = await OnlyRecordAsync(topic);
        Assert.Equal("k", record.GetProperty("key").GetString());
        Assert.Equal("v", record.GetProperty("value").GetString());
        Assert.Equal(result.GetProperty("timestamp").GetInt64(), record.GetProperty("timestamp").GetInt64());
    }

    [Theory]
    [InlineData("""{"value":"caf\u00e9 \"x\" \ud83d\ude00"}""", "\"caf\u00e9 \\\"x\\\" \U0001F600\"")]
    [InlineData("""{"value":{ "a" : [1, 2.50, "b c\n"] , "d" : null }}""", "\"{\\\"a\\\":[1,2.50,\\\"b c\\\\n\\\"],\\\"d\\\":null}\"")]
    [InlineData("""{"value":12.0e3}""", "\"12.0e3\"")]
    [InlineData("""{"value":true}""", "\"true\"")]
    [InlineData("""{"value":""}""", "\"\"")]
    [InlineData("""{"value":null}""", "null")]
    [InlineData("""{"key":"k"}""", "null")]
    [InlineData("""{"valueBase64":"aGVsbG8="}""", "\"hello\"")]
    public async Task A_value_is_a_string_or_compact_json_text_or_null(string json, string expected)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", json)).AssertOk();

        var value = (await OnlyRecordAsync(topic)).GetProperty("value");
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, value), value.GetRawText());
    }

    [Fact]
    public async Task Raw_bytes_come_back_as_base64()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """{"keyBase64":"//79","valueBase64":"AP8="}""")).AssertOk();

        var record = await OnlyRecordAsync(topic);
        Assert.Equal("//79", record.GetProperty("keyBase64").GetString());
        Assert.Equal("AP8=", record.GetProperty("valueBase64").GetString());
        Assert.False(record.TryGetProperty("value", out _));
    }

    [Fact]
    public async Task Headers_come_as_object_or_array_and_may_repeat_in_the_array()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"value":"1","headers":{"a":"x","b":null}},{"value":"2","headers":[{"name":"a","value":"1"},{"name":"a","valueBase64":"/"""
                + """w=="}]}]""")).AssertOk();

        var records = (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).Json.GetProperty("records");
        Assert.Equal("""[{"name":"a","value":"x"},{"name":"b","value":null}]""", records[0].GetProperty("headers").GetRawText());
        Assert.Equal("""[{"name":"a","value":"1"},{"name":"a","valueBase64":"/w=="}]""", records[1].GetProperty("headers").GetRawText());
    }

    [Fact]
    public async Task Equal_keys_go_to_the_partition_that_kafka_clients_choose_and_results_keep_request_order()
    {
        var topic = await Host.NewTopicAsync(5);

        var produced = (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"key":"21","value":"a"},{"key":"foobar","value":"b"},"""
                + """{"key":"21","value":"c"},{"partition":4,"value":"d"}]""")).AssertOk().Json.GetProperty("results");

        // Kafka's own test vectors: murmur2("21") = -973932308 and murmur2("foobar") = -790332482; the partition is (hash & 0x7fffffff) %
        // 5.
        Assert.Equal([0, 1, 0, 4], produced.EnumerateArray().Select(r => r.GetProperty("partition").GetInt32()));
        Assert.Equal(produced[0].GetProperty("offset").GetInt64() + 1, produced[2].GetProperty("offset").GetInt64());
    }

    [Fact]
    public async Task Timestamps_are_milliseconds_or_iso_8601()
    {
        var topic = await Host.NewTopicAsync();

        var produced = (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"value":"a","timestamp":1700000000123},{"value":"b","timestamp":"2026-01-31T12:00:00Z"},"""
                + """{"value":"c","timestamp":"2026-01-31T13:00:00.5+01:00"}]""")).AssertOk().Json;

        Assert.Equal([1700000000123, 1769860800000, 1769860800500],
            produced.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("timestamp").GetInt64()));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("[]", "no records")]
    [InlineData("""{"records":[]}""", "no records")]
    [InlineData("{\"value\":\n\"x\"", "line 2")]
    [InlineData("{\"value\":\"x\"} {}", "line 1, byte 15")]
    [InlineData("[{\"value\":\"x\"},]", "line 1")]
    [InlineData("7", "object")]
    [InlineData("[7]", "records[0]")]
    [InlineData("""{"records":{}}""", "array")]
    [InlineData("""{"records":[{"value":"x"}],"acks":1}""", "acks")]
    [InlineData("""[{"value":"x"},{"valu":"y"}]""", "records[1].valu")]
    [InlineData("""{"value":"x","value":"y"}""", "twice")]
    [InlineData("""{"value":"x","valueBase64":"eA=="}""", "exclude")]
    [InlineData("""{"key":"x","keyBase64":"eA=="}""", "exclude")]
    [InlineData("""{"valueBase64":"e"}""", "base64")]
    [InlineData("""{"valueBase64":"%%%%"}""", "base64")]
    [InlineData("""{"valueBase64":7}""", "number")]
    [InlineData("""{"value":"\ud800"}""", "surrogate")]
    [InlineData("""{"value":"x","partition":-1}""", "-1")]
    [InlineData("""{"value":"x","partition":"0"}""", "integer")]
    [InlineData("""{"value":"x","partition":0.5}""", "0.5")]
    [InlineData("""{"value":"x","timestamp":-5}""", "-5")]
    [InlineData("""{"value":"x","timestamp":"yesterday"}""", "yesterday")]
    [InlineData("""{"value":"x","timestamp":"2026-01-31T12:00:00"}""", "ISO 8601")]
    [InlineData("""{"value":"x","headers":"a"}""", "headers")]
    [InlineData("""{"value":"x","headers":{"a":1}}""", "headers.a")]
    [InlineData("""{"value":"x","headers":{"a":"1","a":"2"}}""", "twice")]
    [InlineData("""{"value":"x","headers":[{"value":"1"}]}""", "name")]
    [InlineData("""{"value":"x","headers":[{"name":"a","valueBase64":"?"}]}""", "base64")]
    [InlineData("""{"value":"x","headers":[{"name":"a","x":"?"}]}""", "headers[0].x")]
    public async Task A_bad_body_is_refused_with_what_is_wrong_and_nothing_is_appended(string json, string word)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", json)).AssertProblem(400, "invalid-request", word);

        await AssertEmptyAsync(topic);
    }

    [Fact]
    public async Task One_bad_record_among_good_ones_keeps_all_of_them_out()
    {
        var topic = await Host.NewTopicAsync(2);

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records",
            """[{"value":"a","partition":0},{"value":"b","partition":2}]""")).AssertProblem(
                404, "unknown-partition", "records[1]", "2", "0 to 1");

        await AssertEmptyAsync(topic);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused_with_their_place()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync($"/v1/topics/{topic}/records",
            HttpHost.Body([.. "{\"value\":\""u8, 0xff, .. "\"}"u8], "application/json"))).AssertProblem(
                400, "invalid-request", "UTF-8", "byte 11");

        await AssertEmptyAsync(topic);
    }

    [Theory]
    [InlineData("?limit=3", "limit")]
    [InlineData("?partition=-1", "-1")]
    [InlineData("?partition=x", "integer")]
    [InlineData("?partition=0&partition=0", "2 times")]
    [InlineData("?valueFormat=xml", "xml")]
    [InlineData("?results=true", "application/x-ndjson")]
    [InlineData("?timestamp=1", "timestamp")]
    public async Task Query_parameters_are_checked(string query, string word)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records{query}", """{"value":"x"}""")).AssertProblem(400, "invalid-request", word);

        await AssertEmptyAsync(topic);
    }

    [Fact]
    public async Task A_record_that_contradicts_the_requests_partition_is_refused()
    {
        var topic = await Host.NewTopicAsync(2);

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?partition=0", """{"value":"x","partition":1}""")).AssertProblem(
            400, "invalid-request", "partition 0", "partition 1");
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?partition=2", """{"value":"x"}""")).AssertProblem(
            404, "unknown-partition", "2 partitions");
    }

    [Fact]
    public async Task An_oversize_record_is_refused_and_the_limit_named()
    {
        var topic = await Host.NewTopicAsync(1, """{"max.message.bytes":"2000"}""");
        var value = new string('x', 2000);

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", $$"""[{"value":"ok"},{"value":"{{value}}"}]""")).AssertProblem(
            413, "message-too-large", "records[1]", "2000");
        (await Host.PostAsync($"/v1/topics/{topic}/records", HttpHost.Body(value, "text/plain"))).AssertProblem(
            413, "message-too-large", "2000");
        (await Host.PostAsync($"/v1/topics/{topic}/records",
            HttpHost.Body($"{{\"value\":\"{value}\"}}", "application/x-ndjson"))).AssertProblem(413, "message-too-large", "2000");

        await AssertEmptyAsync(topic);
    }

    [Fact]
    public async Task Many_records_of_one_request_are_cut_into_batches_that_fit()
    {
        var topic = await Host.NewTopicAsync(1, """{"max.message.bytes":"2000"}""");
        var records = string.Join(",", Enumerable.Range(0, 100).Select(i => $$"""{"value":"{{i}} {{new string('y', 300)}}"}"""));

        var results = (await Host.PostJsonAsync($"/v1/topics/{topic}/records", $"[{records}]")).AssertOk().Json.GetProperty("results");

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i),
            results.EnumerateArray().Select(r => r.GetProperty("offset").GetInt64()));
        var read = (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).Json.GetProperty("records").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), read.Select(r => r.GetProperty("value").GetString()!.Split(' ')[0]));
    }

    [Fact]
    public async Task A_body_of_another_type_is_one_value_with_key_and_headers_from_the_request()
    {
        var topic = await Host.NewTopicAsync(2);

        var produced = await Host.PostAsync(
            $"/v1/topics/{topic}/records?partition=1&timestamp=1700000000000", HttpHost.Body([1, 0, 255], "image/png"),
            ("CloudStream-Key-Base64", "/w=="), ("CloudStream-Header-Origin", "b\u00e9ta"));

        Assert.Equal("""{"results":[{"partition":1,"offset":0,"timestamp":1700000000000}]}""", produced.AssertOk().Text);
        var record = await OnlyRecordAsync(topic, 1);
        Assert.Equal("AQD/", record.GetProperty("valueBase64").GetString());
        Assert.Equal("/w==", record.GetProperty("keyBase64").GetString());
        Assert.Equal("""[{"name":"Origin","value":"béta"}]""", record.GetProperty("headers").GetRawText());
    }

    [Fact]
    public async Task A_text_body_takes_its_key_from_query_or_header_but_not_both()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync($"/v1/topics/{topic}/records?key=a%20b", HttpHost.Body("hello", "text/plain"))).AssertOk();
        (await Host.PostAsync($"/v1/topics/{topic}/records?key=a", HttpHost.Body("hello", "text/plain"),
            ("CloudStream-Key", "b"))).AssertProblem(400, "invalid-request", "2 times");
        (await Host.PostAsync($"/v1/topics/{topic}/records", HttpHost.Body("hello", "text/plain"),
            ("CloudStream-Key-Base64", "!"))).AssertProblem(400, "invalid-request", "base64");

        var record = await OnlyRecordAsync(topic);
        Assert.Equal(("a b", "hello"), (record.GetProperty("key").GetString(), record.GetProperty("value").GetString()));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/vnd.cloudstream.batches")]
    [InlineData("application/json; charset=latin1")]
    [InlineData("nonsense")]
    public async Task Content_types_that_make_no_record_are_unsupported(string type)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync($"/v1/topics/{topic}/records", HttpHost.Body("value=x", type))).AssertProblem(415, "unsupported-media-type");

        await AssertEmptyAsync(topic);
    }

    [Fact]
    public async Task A_compressed_body_is_unsupported()
    {
        var topic = await Host.NewTopicAsync();
        var body = HttpHost.Body("x", "text/plain");
        body.Headers.ContentEncoding.Add("gzip");

        (await Host.PostAsync($"/v1/topics/{topic}/records", body)).AssertProblem(415, "unsupported-media-type", "gzip");
    }

    [Fact]
    public async Task An_unknown_topic_is_not_found() =>
        (await Host.PostJsonAsync("/v1/topics/no-such-topic/records", """{"value":"x"}""")).AssertProblem(
            404, "unknown-topic", "no-such-topic");

    [Fact]
    public async Task A_conditional_produce_appends_only_where_the_log_ends()
    {
        var topic = await Host.NewTopicAsync();
        var path = $"/v1/topics/{topic}/records?partition=0";

        (await Host.PostJsonAsync(path, """[{"value":"a"},{"value":"b"}]""", ("If-Match", "\"0\""))).AssertOk();
        var late = await Host.PostJsonAsync(path, """{"value":"c"}""", ("If-Match", "\"0\""));
        (await Host.PostJsonAsync(path, """{"value":"c"}""", ("If-Match", "\"2\""))).AssertOk();

        Assert.Equal(2, late.AssertProblem(409, "offset-mismatch").Json.GetProperty("endOffset").GetInt64());
        var values = (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).Json.GetProperty("records").EnumerateArray().Select(
            r => r.GetProperty("value").GetString());
        Assert.Equal(["a", "b", "c"], values);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("\"x\"")]
    [InlineData("\"-1\"")]
    [InlineData("*")]
    [InlineData("\"0\", \"1\"")]
    public async Task A_condition_is_one_offset_in_quotes(string ifMatch)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?partition=0", """{"value":"x"}""", ("If-Match", ifMatch))).AssertProblem(
            400, "invalid-request", "If-Match");
    }

    [Fact]
    public async Task A_conditional_produce_needs_one_partition_and_one_batch()
    {
        var topic = await Host.NewTopicAsync(2, """{"max.message.bytes":"2000"}""");
        var big = new string('x', 1500);

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"x"}""", ("If-Match", "\"0\""))).AssertProblem(
            400, "invalid-request", "one partition");
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """[{"value":"x","partition":0},{"value":"x","partition":1}]""",
            ("If-Match", "\"0\"")))
            .AssertProblem(400, "invalid-request", "several");
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?partition=0", $$"""[{"value":"{{big}}"},{"value":"{{big}}"}]""",
            ("If-Match", "\"0\"")))
            .AssertProblem(413, "message-too-large", "one batch", "2000");
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """[{"value":"x","partition":1},{"value":"y","partition":1}]""",
            ("If-Match", "\"0\""))).AssertOk();
        await AssertEmptyAsync(topic, 0);
    }

    [Fact]
    public async Task An_idempotent_produce_that_is_repeated_gets_the_original_offsets()
    {
        var topic = await Host.NewTopicAsync();
        var producer = (await Host.PostAsync("/v1/producers", HttpHost.Body([], "application/json"))).AssertOk().Json;
        var id = producer.GetProperty("producerId").GetInt64().ToString();
        Assert.Equal(0, producer.GetProperty("producerEpoch").GetInt32());
        var path = $"/v1/topics/{topic}/records?partition=0";
        Task<Answer> Produce(int sequence) =>
            Host.PostJsonAsync(path, """[{"value":"a"},{"value":"b"}]""", ("Producer-Id", id), ("Producer-Epoch", "0"),
                ("Producer-Seq", $"{sequence}"));

        var first = (await Produce(0)).AssertOk();
        var again = (await Produce(0)).AssertOk();
        var gap = await Produce(7);
        var next = (await Produce(2)).AssertOk();

        Assert.False(first.Json.TryGetProperty("duplicate", out _));
        Assert.True(again.Json.GetProperty("duplicate").GetBoolean());
        Assert.Equal([0, 1], again.Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("offset").GetInt64()));
        gap.AssertProblem(409, "out-of-order-sequence");
        Assert.Equal([2, 3], next.Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("offset").GetInt64()));
    }

    [Fact]
    public async Task Producer_headers_go_together_and_are_numbers()
    {
        var topic = await Host.NewTopicAsync();
        var path = $"/v1/topics/{topic}/records?partition=0";

        (await Host.PostJsonAsync(path, """{"value":"x"}""", ("Producer-Id", "1"))).AssertProblem(400, "invalid-request", "all three");
        (await Host.PostJsonAsync(path, """{"value":"x"}""", ("Producer-Id", "-1"), ("Producer-Epoch", "0"),
            ("Producer-Seq", "0"))).AssertProblem(400, "invalid-request", "Producer-Id");
        (await Host.PostJsonAsync(path, """{"value":"x"}""", ("Producer-Id", "1"), ("Producer-Epoch", "32768"),
            ("Producer-Seq", "0"))).AssertProblem(400, "invalid-request", "32767");
    }

    [Theory]
    [InlineData("json", """{"value":"abc"}""", "\"\\\"abc\\\"\"")]
    [InlineData("json", """{"value":[1, 2]}""", "\"[1,2]\"")]
    [InlineData("base64", """{"value":"aGk="}""", "\"hi\"")]
    [InlineData("string", """{"value":"hi"}""", "\"hi\"")]
    public async Task The_request_may_say_how_values_travel(string format, string json, string expected)
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostJsonAsync($"/v1/topics/{topic}/records?valueFormat={format}", json)).AssertOk();

        Assert.Equal(JsonDocument.Parse(expected).RootElement.GetString(), (await OnlyRecordAsync(topic)).GetProperty("value").GetString());
    }

    private async Task<JsonElement> OnlyRecordAsync(string topic, int partition = 0) =>
        Assert.Single((await Host.GetAsync($"/v1/topics/{topic}/partitions/{partition}/records")).AssertOk().Json.GetProperty(
            "records").EnumerateArray());

    private async Task AssertEmptyAsync(string topic, int partition = 0) =>
        Assert.Equal(0, (await Host.GetAsync($"/v1/topics/{topic}/partitions/{partition}/offsets?at=latest")).AssertOk().Json.GetProperty(
            "offset").GetInt64());
}
