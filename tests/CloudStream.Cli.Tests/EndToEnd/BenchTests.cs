using System.Text.Json;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class BenchTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("produce", 1)]
    [InlineData("consume", 2)]
    [InlineData("e2e", 1)]
    public async Task ItSaysWhatItMeasuredAsJsonAndCleansUp(string measurement, int reports)
    {
        string rate = measurement == "e2e" ? "--rate" : "--batch-size";
        ProcessOutcome outcome = await broker.RunAsync(
            "bench", measurement, "--records", "300", "--partitions", "2", rate, "3000", "--json");
        using JsonDocument printed = JsonDocument.Parse(outcome.Succeeded().Output);
        JsonElement[] measurements = [.. printed.RootElement.GetProperty("measurements").EnumerateArray()];
        Assert.Equal(reports, measurements.Length);
        JsonElement last = measurements[^1];
        Assert.True(last.GetProperty("records").GetInt64() >= 300);
        Assert.True(last.GetProperty("recordsPerSecond").GetDouble() > 0);
        Assert.True(last.GetProperty("broker").GetProperty("cpuSeconds").GetDouble() >= 0);
        Assert.True(last.GetProperty("broker").GetProperty("allocatedBytes").GetDouble() > 0);
        Assert.Contains("made topic bench-", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bench-", (await broker.RunAsync("topic", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATableHasLatenciesAndSequentialMeansOneByOne()
    {
        string table = (await broker.RunAsync("bench", "produce", "--records", "50", "--sequential")).Succeeded().Output;
        Assert.Contains("p99 ms", table, StringComparison.Ordinal);
        Assert.Contains("produce, sequential", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--records", "0")]
    [InlineData("--record-size", "8")]
    [InlineData("--partitions", "0")]
    [InlineData("--acks", "0")]
    [InlineData("--compression", "rar")]
    [InlineData("--protocol", "amqp")]
    [InlineData("--kafka", "127.0.0.1:0")]
    public async Task AWrongArgumentIsExitCodeTwo(string option, string value) =>
    Assert.Equal(2, (await broker.RunAsync("bench", "produce", option, value)).ExitCode);
}
