using System.Text.Json;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class TopicTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task ATopicIsCreatedListedDescribedAndDeleted()
    {
        ProcessOutcome created = await broker.RunAsync("topic", "create", "life", "--partitions", "3", "--config", "retention.ms=3600000");
        Assert.Equal("created life with 3 partitions\n", created.Succeeded().Output);
        Assert.Contains("life", (await broker.RunAsync("topic", "list")).Succeeded().Output.Split('\n'));
        string described = (await broker.RunAsync("topic", "describe", "life")).Succeeded().Output;
        Assert.Contains("partitions  3", described, StringComparison.Ordinal);
        Assert.Contains("retention.ms=3600000", described, StringComparison.Ordinal);
        Assert.Equal("deleted life\n", (await broker.RunAsync("topic", "delete", "life")).Succeeded().Output);
        Assert.DoesNotContain("life", (await broker.RunAsync("topic", "list")).Succeeded().Output.Split('\n'));
    }

    [Fact]
    public async Task JsonHasTheSameFacts()
    {
        await broker.RunAsync("topic", "create", "facts", "--partitions", "2", "--config", "max.message.bytes=2000000");
        using JsonDocument described = JsonDocument.Parse(
            (await broker.RunAsync("topic", "describe", "facts", "--json")).Succeeded().Output);
        Assert.Equal("facts", described.RootElement.GetProperty("name").GetString());
        Assert.Equal(2, described.RootElement.GetProperty("partitions").GetInt32());
        Assert.Equal("2000000", described.RootElement.GetProperty("config").GetProperty("max.message.bytes").GetString());
        Assert.Equal([0, 1],
            described.RootElement.GetProperty("partitionDetails").EnumerateArray().Select(p => p.GetProperty("partition").GetInt32()));
        using JsonDocument list = JsonDocument.Parse((await broker.RunAsync("topic", "list", "--json")).Succeeded().Output);
        Assert.Contains(list.RootElement.EnumerateArray(), t => t.GetProperty("name").GetString() == "facts");
    }

    [Fact]
    public async Task SettingsAreChangedAndReset()
    {
        await broker.RunAsync("topic", "create", "tuned", "--partitions", "1");
        string set = (await broker.RunAsync("topic", "config", "tuned", "--set", "retention.ms=60000")).Succeeded().Output;
        Assert.Matches(@"retention\.ms +60000 +set", set);
        string reset = (await broker.RunAsync("topic", "config", "tuned", "--unset", "retention.ms")).Succeeded().Output;
        Assert.Matches(@"retention\.ms +604800000 +default", reset);
        await broker.RunAsync("topic", "config", "tuned", "--partitions", "4");
        Assert.Contains("partitions  4", (await broker.RunAsync("topic", "describe", "tuned")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheBrokerRefusesIsOneLineAndExitCodeOne()
    {
        await broker.RunAsync("topic", "create", "twice", "--partitions", "1");
        Refused(await broker.RunAsync("topic", "create", "twice", "--partitions", "1"), "twice");
        Refused(await broker.RunAsync("topic", "create", "bad name!"), "Topic name is invalid: 'bad name!'");
        Refused(await broker.RunAsync("topic", "create", "odd", "--config", "no.such.setting=1"), "no.such.setting");
        Refused(await broker.RunAsync("topic", "describe", "nowhere"), "nowhere");
        Refused(await broker.RunAsync("topic", "delete", "nowhere"), "nowhere");
    }

    [Theory]
    [InlineData("topic")]
    [InlineData("topic", "create")]
    [InlineData("topic", "create", "x", "--partitions", "many")]
    [InlineData("topic", "create", "x", "--config", "nonsense")]
    [InlineData("topic", "explode")]
    [InlineData("topic", "list", "--server", "::::")]
    public async Task AWrongCommandLineIsExitCodeTwo(params string[] arguments) =>
    Assert.Equal(2, (await broker.RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task NoBrokerIsSaidPlainly()
    {
        int port = ServeProcess.FreePort();
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, "topic", "list", "--server", $"http://127.0.0.1:{port}");
        Refused(outcome, $"127.0.0.1:{port}");
    }

    private static void Refused(ProcessOutcome outcome, string named)
    {
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }
}
