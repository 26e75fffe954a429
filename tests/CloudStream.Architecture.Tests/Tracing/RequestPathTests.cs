using System.Net.Http.Json;

namespace CloudStream.Architecture.Tests.Tracing;

/// <summary>
/// Through how many source files one request of a Kafka client goes, on whichever thread, from its first byte to the last of its answer.
/// Counted are files of the three projects between connection and stores of which a method is entered that does something; what only holds
/// values, and the libraries below (wire format, record batches, stores), are printed beside. Connection, topic and compiled code are there
/// before, which does not matter for the count.
/// </summary>
public sealed class RequestPathTests(TracedBroker broker, ITestOutputHelper output) : IClassFixture<TracedBroker>
{
    private const int Times = 5;

    // More than this would be layers that only hand on. What follows the last byte of a produce (its buffers are given back) is in time to
    // be counted or not.
    private const int MaxProduce = 40, MaxFetch = 28;

    private static readonly string[] s_between = ["CloudStream.Kafka", "CloudStream.Cluster", "CloudStream.Log"];

    [Fact]
    public async Task OneProducePassesNoMoreFilesThanItNeeds()
    {
        using KafkaRequests client = await ConnectAsync("produced");
        Expect(await broker.TraceAsync(Times, client.ProduceAsync), MaxProduce, "CloudStream.Kafka/Produce/ProduceHandler.cs",
            "CloudStream.Log/State/FlushTransition.cs");
    }

    [Fact]
    public async Task OneFetchPassesNoMoreFilesThanItNeeds()
    {
        using KafkaRequests client = await ConnectAsync("fetched");
        long last = await client.ProduceAsync();
        List<TracedMethod> entered = await broker.TraceAsync(Times, async () => Assert.InRange(await client.FetchAsync(last), 100, 1000));
        Expect(entered, MaxFetch, "CloudStream.Kafka/Fetch/FetchHandler.cs", "CloudStream.Log/Flushes/TailMemory.cs");
    }

    private async Task<KafkaRequests> ConnectAsync(string topic)
    {
        using var http = new HttpClient { BaseAddress = broker.Http };
        using HttpResponseMessage created = await http.PostAsJsonAsync("/v1/topics", new { name = topic, partitions = 1 });
        created.EnsureSuccessStatusCode();
        var client = new KafkaRequests(broker.Kafka, topic);
        await client.FetchAsync(await client.ProduceAsync());
        return client;
    }

    private void Expect(List<TracedMethod> entered, int limit, params string[] mustBeThere)
    {
        string[] doing = [.. entered.Where(m => m.IsBehaviour).Select(m => m.File).Distinct().Order(StringComparer.Ordinal)];
        string[] passed = [.. doing.Where(f => s_between.Contains(f.Split('/')[0]))];
        string list = $"{passed.Length} files are passed, {doing.Length} with the libraries "
            + $"below, {entered.DistinctBy(m => m.File).Count()} with what only holds values:\n"
            + string.Join('\n', passed);
        output.WriteLine(list);
        Assert.Superset(mustBeThere.ToHashSet(), passed.ToHashSet());
        Assert.True(passed.Length <= limit, $"More than {limit}. {list}");
    }
}
