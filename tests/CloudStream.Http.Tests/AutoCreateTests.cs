using System.Diagnostics.Metrics;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

public class AutoCreateTests
{
    [Fact]
    public async Task A_produce_to_an_unknown_topic_creates_it_where_the_broker_is_set_to()
    {
        using var meter = new Meter(nameof(AutoCreateTests)); // By its real name other brokers of this process would report it, too.
        await using var broker = await BrokerFixture.StartBrokerAsync(
            meter, ("auto.create.topics.enable", "true"), ("num.partitions", "3"));
        await using var host = await HttpHost.StartAsync(broker);

        (await host.PostJsonAsync("/v1/topics/by-json/records", """{"value":"x"}""")).AssertOk();
        (await host.PostAsync("/v1/topics/by-batch/partitions/2/batches",
            HttpHost.Body(BatchesTests.Batch("x"), "application/vnd.cloudstream.batches"))).AssertOk();

        Assert.Equal(["by-batch 3", "by-json 3"], (await host.GetAsync("/v1/topics")).Json.GetProperty("topics").EnumerateArray()
            .Select(t => $"{t.GetProperty("name").GetString()} {t.GetProperty("partitions").GetInt32()}"));
        (await host.PostJsonAsync("/v1/topics/a%20b/records", """{"value":"x"}""")).AssertProblem(400, "invalid-topic-name");
        (await host.PostJsonAsync("/v1/topics/not-this/records?partition=-1", """{"value":"x"}""")).AssertProblem(400, "invalid-request");
        (await host.GetAsync("/v1/topics/not-this")).AssertProblem(404, "unknown-topic");
    }
}
