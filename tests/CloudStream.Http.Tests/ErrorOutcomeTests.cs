using CloudStream.Cluster;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Storage;

namespace CloudStream.Http.Tests;

/// <summary>Outcomes that a healthy broker does not produce on demand.</summary>
public sealed class ErrorOutcomeTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>, IAsyncLifetime
{
    private readonly ScriptedBroker _broker = new(fixture.Broker);
    private HttpHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await HttpHost.StartAsync(_broker, options =>
    {
        options.MaxRequestBytes = 64 * 1024;
        options.MaxTails = 1;
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Overload_is_429_with_the_time_to_wait()
    {
        var topic = await _host.NewTopicAsync();
        _broker.OnAppend = _ => AppendResult.Failed(ErrorCode.Overloaded, "buffers are full", 1500);

        var json = (await _host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"x"}""")).AssertProblem(
            429, "overloaded", "buffers are full");
        var batches = (await _host.PostAsync($"/v1/topics/{topic}/partitions/0/batches",
            HttpHost.Body(BatchesTests.Batch("x"), "application/vnd.cloudstream.batches"))).AssertProblem(429, "overloaded");

        foreach (var answer in (Answer[])[json, batches])
        {
            Assert.Equal("2", answer.Headers["Retry-After"]);
            Assert.Equal(1500, answer.Json.GetProperty("retryAfterMs").GetInt32());
        }

        Assert.Equal("overloaded", json.Json.GetProperty("results")[0].GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(ErrorCode.StoreUnavailable, 503, "store-unavailable")]
    [InlineData(ErrorCode.ShuttingDown, 503, "shutting-down")]
    [InlineData(ErrorCode.OutcomeUnknown, 503, "outcome-unknown")]
    public async Task What_may_be_retried_is_503_with_retry_after(ErrorCode error, int status, string code)
    {
        var topic = await _host.NewTopicAsync();
        _broker.OnAppend = _ => AppendResult.Failed(error);

        Assert.Equal("1", (await _host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"x"}""")).AssertProblem(
            status, code).Headers["Retry-After"]);
    }

    [Fact]
    public async Task When_one_partition_fails_every_record_has_its_own_result()
    {
        var topic = await _host.NewTopicAsync(2);
        _broker.OnAppend = partition => partition.Index == 1 ? AppendResult.Failed(ErrorCode.InvalidTimestamp, "too old") : null;

        var results = (await _host.PostJsonAsync(
            $"/v1/topics/{topic}/records", """[{"value":"a","partition":0},{"value":"b","partition":1}]"""))
            .AssertProblem(400, "invalid-timestamp", "too old").Json.GetProperty("results");

        Assert.Equal(0, results[0].GetProperty("offset").GetInt64());
        Assert.Equal("""{"partition":1,"error":{"code":"invalid-timestamp","detail":"too old"}}""", results[1].GetRawText());
    }

    [Fact]
    public async Task Corrupt_storage_is_said_and_not_served()
    {
        var topic = await _host.NewTopicAsync();
        _broker.OnFetch = (_, _) => FetchResult.Failed(ErrorCode.CorruptStorage, "the slice fails its check");

        (await _host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).AssertProblem(500, "corrupt-storage", "slice");
        (await _host.GetAsync($"/v1/topics/{topic}/partitions/0/batches?offset=0")).AssertProblem(500, "corrupt-storage", "slice");
    }

    [Fact]
    public async Task Damage_names_topic_partition_offsets_and_object()
    {
        var topic = await _host.NewTopicAsync();
        _broker.OnFetch = (_, _) => FetchResult.Damaged(new DamagedRange(10, 20, "ab/0001/s-1-2"), "cannot be read", 30, 5, 1);

        foreach (var path in new[] { "records?offset=12", "batches?offset=12" })
        {
            var problem = (await _host.GetAsync($"/v1/topics/{topic}/partitions/1/{path}")).AssertProblem(
                500, "corrupt-storage", "cannot be read").Json;
            Assert.Equal((topic, 1), (problem.GetProperty("topic").GetString(), problem.GetProperty("partition").GetInt32()));
            Assert.Equal((10L, 19L), (problem.GetProperty("firstOffset").GetInt64(), problem.GetProperty("lastOffset").GetInt64()));
            Assert.Equal("ab/0001/s-1-2", problem.GetProperty("object").GetString());
        }
    }

    [Fact]
    public async Task A_broker_that_serves_all_but_what_is_damaged_is_ready_and_says_that_it_is_degraded()
    {
        Assert.Equal("ready", (await _host.GetAsync("/readyz")).AssertOk().Json.GetProperty("status").GetString());
        _broker.OnHealth = () => new HealthReport([new Trouble(TroubleKind.Damage, "offsets 1 to 2 are lost")], 1);

        Assert.Equal(
            """{"status":"degraded","troubleCount":1,"troubles":[{"kind":"damage","detail":"offsets 1 to 2 are lost"}]}""",
            (await _host.GetAsync("/readyz")).AssertOk().Json.GetRawText());
    }

    [Fact]
    public async Task A_broker_that_can_write_nothing_is_not_ready_and_says_why()
    {
        _broker.OnHealth = () => new HealthReport([new Trouble(TroubleKind.NotWritable, "The disk is full.")], 1);

        (await _host.GetAsync("/readyz")).AssertProblem(503, "not-ready", "The disk is full.");
    }

    [Fact]
    public async Task A_batch_that_cannot_be_decoded_is_said_so()
    {
        var topic = await _host.NewTopicAsync();
        var batch = BatchesTests.Batch("x");
        batch[61] = 0xff;
        _broker.OnFetch = (_, _) => new FetchResult(ErrorCode.None, [batch], batch.Length, null)
        {
            NextOffset = 1,
            HighWatermark = 1,
            LogStartOffset = 0
        };

        (await _host.GetAsync($"/v1/topics/{topic}/partitions/0/records")).AssertProblem(406, "undecodable", "decoded");
        using var events = await EventReader.OpenAsync(_host.Client, $"/v1/topics/{topic}/partitions/0/records");
        Assert.Equal("problem", (await events.NextAsync())?.Name);
    }

    [Theory]
    [InlineData(StoreErrorKind.Throttled, 503, "store-unavailable")]
    [InlineData(StoreErrorKind.Refused, 500, "store-refused")]
    public async Task A_store_that_fails_under_a_listing_is_a_problem_without_its_text(StoreErrorKind kind, int status, string code)
    {
        _broker.OnMetadata = () => throw new StoreException(kind, "secret path /var/x");

        var answer = (await _host.GetAsync("/v1/topics")).AssertProblem(status, code);

        Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_is_500_without_its_text()
    {
        _broker.OnMetadata = () => throw new InvalidOperationException("secret");

        var answer = (await _host.GetAsync("/v1/topics")).AssertProblem(500, "internal");

        Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_and_the_limit_named()
    {
        var topic = await _host.NewTopicAsync();
        var body = new byte[64 * 1024 + 1];

        (await _host.PostAsync($"/v1/topics/{topic}/partitions/0/batches",
            HttpHost.Body(body, "application/vnd.cloudstream.batches"))).AssertProblem(413, "request-too-large", "65536");
        (await _host.PostAsync($"/v1/topics/{topic}/records", HttpHost.Body(body, "application/json"))).AssertProblem(
            413, "request-too-large", "65536");
    }

    [Fact]
    public async Task Streams_to_readers_are_limited()
    {
        var topic = await _host.NewTopicAsync();
        using (await EventReader.OpenAsync(_host.Client, $"/v1/topics/{topic}/records"))
            (await _host.GetAsync($"/v1/topics/{topic}/records")).AssertProblem(429, "overloaded", "1 streams");
    }

    [Fact]
    public async Task Readiness_follows_the_broker_and_liveness_does_not()
    {
        (await _host.GetAsync("/readyz")).AssertOk();
        _broker.Ready = false;

        (await _host.GetAsync("/readyz")).AssertProblem(503, "not-ready");
        (await _host.GetAsync("/healthz")).AssertOk();
        Assert.False((await _host.GetAsync("/v1/cluster")).AssertOk().Json.GetProperty("ready").GetBoolean());
    }
}
