using System.Text.Json;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class KafkaBenchTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("produce", "produce (kafka)", "--warm-up", "100")]
    [InlineData("produce", "produce, sequential (kafka)", "--sequential")]
    [InlineData("produce", "produce (kafka)", "--compression", "zstd")]
    [InlineData("consume", "consume, batches (kafka)", "--record-size", "16")]
    [InlineData("e2e", "end to end (kafka)", "--linger", "0")]
    [InlineData("e2e", "end to end (kafka)", "--rate", "0")]
    public async Task ItSaysWhatItMeasuredAndWhatTheBrokerAllocated(string measurement, string name, params string[] more)
    {
        ProcessOutcome outcome = await RunAsync(
            ["bench", measurement, "--records", "300", "--partitions", "3", "--batch-size", "3000", "--json", .. more]);
        using JsonDocument printed = JsonDocument.Parse(outcome.Succeeded().Output);
        Assert.Equal("kafka", printed.RootElement.GetProperty("protocol").GetString());
        JsonElement last = printed.RootElement.GetProperty("measurements").EnumerateArray().Last();
        Assert.Equal(name, last.GetProperty("name").GetString());
        Assert.True(last.GetProperty("records").GetInt64() >= 300);
        Assert.True(last.GetProperty("broker").GetProperty("allocatedBytesPerRecord").GetDouble() > 0);
        Assert.Equal(measurement != "consume", last.TryGetProperty("latencyMs", out _));
        Assert.DoesNotContain("bench-", (await broker.RunAsync("topic", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItReadsEveryRecordThatWasProducedOverHttp()
    {
        string topic = await broker.CreateTopicAsync(partitions: 3);
        (await broker.RunWithInputAsync(
            string.Concat(Enumerable.Range(0, 5000).Select(i => $"value {i}\n")), "produce", topic)).Succeeded();
        Assert.Equal(5000, await CountAsync("consume", "--topic", topic));
        Assert.Equal(5000, await CountAsync("consume", "--topic", topic, "--decode"));
    }

    [Fact]
    public async Task EveryRecordThatItProducesIsThereOnce()
    {
        string topic = await broker.CreateTopicAsync(partitions: 2);
        await CountAsync("produce", "--topic", topic, "--records", "1000", "--batch-size", "5000", "--warm-up", "10");
        Assert.Equal(1010, (await broker.RunAsync("consume", topic, "--format", "%p@%o\n")).Succeeded().Output.Split(
            '\n', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task NobodyAtTheKafkaAddressIsOneLineAndExitCodeOneAndTheTopicIsDeleted()
    {
        string nobody = $"127.0.0.1:{ServeProcess.FreePort()}";
        ProcessOutcome outcome = await broker.RunAsync("bench", "produce", "--protocol", "kafka", "--kafka", nobody);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"cloudstream: cannot reach the broker at {nobody}: ", outcome.Error.Trim().Split('\n')[^1],
            StringComparison.Ordinal);
        Assert.DoesNotContain("bench-", (await broker.RunAsync("topic", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAddressThatSpeaksHttpIsToldApart()
    {
        ProcessOutcome outcome = await broker.RunAsync("bench", "consume", "--protocol", "kafka", "--kafka", broker.Address.Authority);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"cloudstream: {broker.Address.Authority} does not speak Kafka's protocol", outcome.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARefusedBatchEndsItWithKafkasNameForTheReason()
    {
        string topic = await broker.CreateTopicAsync(partitions: 1);
        (await broker.RunAsync("topic", "config", topic, "--set", "max.message.bytes=1000")).Succeeded();
        ProcessOutcome outcome = await RunAsync("bench", "produce", "--topic", topic, "--records", "100");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains($"produce, {topic}-0 at {broker.Kafka}: MessageTooLarge", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAddressWithoutTheProtocolIsExitCodeTwo() =>
    Assert.Equal(2, (await broker.RunAsync("bench", "produce", "--kafka", broker.Kafka)).ExitCode);

    private Task<ProcessOutcome> RunAsync(params string[] arguments) =>
        broker.RunAsync([.. arguments, "--protocol", "kafka", "--kafka", broker.Kafka]);

    private async Task<long> CountAsync(string measurement, params string[] more)
    {
        using JsonDocument printed = JsonDocument.Parse((await RunAsync(["bench", measurement, "--json", .. more])).Succeeded().Output);
        return printed.RootElement.GetProperty("measurements").EnumerateArray().Last().GetProperty("records").GetInt64();
    }
}
