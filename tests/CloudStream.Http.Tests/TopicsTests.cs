using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

public class TopicsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task A_created_topic_is_answered_with_its_place_and_can_be_described_and_listed()
    {
        var name = $"orders-{Guid.NewGuid():n}";

        var created = await Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{name}}","partitions":3,"config":{"retention.ms":60000} }""");

        Assert.Equal(201, (int)created.Status);
        Assert.Equal($"/v1/topics/{name}", created.Headers["Location"]);
        Assert.Equal(3, created.Json.GetProperty("partitions").GetInt32());
        Assert.Equal("60000", created.Json.GetProperty("config").GetProperty("retention.ms").GetString());
        var described = (await Host.GetAsync($"/v1/topics/{name}")).AssertOk().Json;
        Assert.Equal(created.Json.GetProperty("id").GetString(), described.GetProperty("id").GetString());
        Assert.Equal(
            [0, 1, 2], described.GetProperty("partitionDetails").EnumerateArray().Select(p => p.GetProperty("partition").GetInt32()));
        Assert.All(described.GetProperty("partitionDetails").EnumerateArray(),
            p => Assert.Equal((0, 0), (p.GetProperty("highWatermark").GetInt64(), p.GetProperty("acceptedLosses").GetArrayLength())));
        var retention = described.GetProperty("configEntries").EnumerateArray().Single(
            e => e.GetProperty("name").GetString() == "retention.ms");
        Assert.Equal("60000", retention.GetProperty("value").GetString());
        Assert.False(retention.GetProperty("isDefault").GetBoolean());
        Assert.Contains(name, (await Host.GetAsync("/v1/topics")).AssertOk().Json.GetProperty("topics").EnumerateArray().Select(
            t => t.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Creating_a_topic_twice_is_a_conflict()
    {
        var name = await Host.NewTopicAsync();

        (await Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{name}}"}""")).AssertProblem(409, "topic-exists");
    }

    [Theory]
    [InlineData("""{"name":"a b"}""", 400, "invalid-topic-name", "")]
    [InlineData("""{"name":"x-config","config":{"nope":"1"}}""", 400, "invalid-config", "nope")]
    [InlineData("""{"name":"x","partitions":0}""", 400, "invalid-request", "partitions")]
    [InlineData("""{"name":"x","partitions":-1}""", 400, "invalid-request", "-1")]
    [InlineData("""{"name":"x","partitions":"3"}""", 400, "invalid-request", "integer")]
    [InlineData("""{"name":"x","partitions":1.5}""", 400, "invalid-request", "1.5")]
    [InlineData("""{"name":7}""", 400, "invalid-request", "string")]
    [InlineData("""{"partitions":1}""", 400, "invalid-request", "name")]
    [InlineData("""{"name":"x","replicas":1}""", 400, "invalid-request", "replicas")]
    [InlineData("""{"name":"x","name":"y"}""", 400, "invalid-request", "twice")]
    [InlineData("""{"name":"x","config":[]}""", 400, "invalid-request", "config")]
    [InlineData("""{"name":"x","config":{"retention.ms":null}}""", 400, "invalid-request", "retention.ms")]
    [InlineData("[]", 400, "invalid-request", "array")]
    [InlineData("{\n\"name\": nope}", 400, "invalid-request", "line 2, byte 10")]
    [InlineData("", 400, "invalid-request", "empty")]
    public async Task A_bad_topic_is_refused_with_what_is_wrong(string json, int status, string code, string word) =>
        (await Host.PostJsonAsync("/v1/topics", json)).AssertProblem(status, code, word);

    [Fact]
    public async Task Settings_are_set_and_reset_and_partitions_added()
    {
        var name = await Host.NewTopicAsync();

        var set = await Host.SendAsync(HttpMethod.Patch, $"/v1/topics/{name}",
            HttpHost.Body("""{"partitions":4,"config":{"retention.ms":"1000"}}""", "application/json"));
        var reset = await Host.SendAsync(
            HttpMethod.Patch, $"/v1/topics/{name}", HttpHost.Body("""{"config":{"retention.ms":null}}""", "application/json"));

        Assert.Equal(4, set.AssertOk().Json.GetProperty("partitions").GetInt32());
        Assert.Equal("1000", set.Json.GetProperty("config").GetProperty("retention.ms").GetString());
        Assert.Empty(reset.AssertOk().Json.GetProperty("config").EnumerateObject());
    }

    [Fact]
    public async Task Fewer_partitions_and_empty_changes_are_refused()
    {
        var name = await Host.NewTopicAsync(3);

        (await Host.SendAsync(HttpMethod.Patch, $"/v1/topics/{name}",
            HttpHost.Body("""{"partitions":2}""", "application/json"))).AssertProblem(400, "invalid-partitions");
        (await Host.SendAsync(HttpMethod.Patch, $"/v1/topics/{name}", HttpHost.Body("{}", "application/json"))).AssertProblem(
            400, "invalid-request", "nothing to change");
    }

    [Fact]
    public async Task A_deleted_topic_is_gone()
    {
        var name = await Host.NewTopicAsync();

        var deleted = await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{name}", null);

        Assert.Equal(204, (int)deleted.Status);
        (await Host.GetAsync($"/v1/topics/{name}")).AssertProblem(404, "unknown-topic", name);
        (await Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{name}", null)).AssertProblem(404, "unknown-topic");
    }

    [Fact]
    public async Task A_body_that_is_no_json_is_an_unsupported_media_type() =>
        (await Host.PostAsync("/v1/topics", HttpHost.Body("name=x", "application/x-www-form-urlencoded"))).AssertProblem(
            415, "unsupported-media-type", "application/json");

    [Fact]
    public async Task Methods_and_addresses_that_do_not_exist_are_problems_too()
    {
        var wrongMethod = await Host.SendAsync(HttpMethod.Put, "/v1/topics", null);

        wrongMethod.AssertProblem(405, "method-not-allowed", "PUT");
        Assert.Equal("GET,POST", wrongMethod.Headers["Allow"]);
        (await Host.GetAsync("/v2/topics")).AssertProblem(404, "not-found", "/v2/topics");
    }
}
