using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class InspectTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task RegistersAreListedAndAShardsRegisterIsShown()
    {
        await broker.CreateTopicAsync(1);
        string list = (await broker.RunAsync("inspect", "register", "--data", broker.Data)).Succeeded().Output;
        Assert.Contains("shards/0000", list, StringComparison.Ordinal);
        Assert.Contains("topics/", list, StringComparison.Ordinal);
        string shard = (await broker.RunAsync("inspect", "register", "shards/0000", "--data", broker.Data)).Succeeded().Output;
        Assert.Contains("register  shards/0000", shard, StringComparison.Ordinal);
        Assert.Contains("holder ", shard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ObjectsAreListedAndAFlushsDirectoryIsShown()
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync("a\nb\nc\n", "produce", topic)).Succeeded();
        string list = (await broker.RunAsync("inspect", "segment", "--data", broker.Data)).Succeeded().Output;
        string name = list.Split('\n').Select(l => l.Split(' ')[0]).First(n => n.Contains("/s-", StringComparison.Ordinal));
        string segment = (await broker.RunAsync("inspect", "segment", name, "--data", broker.Data)).Succeeded().Output;
        Assert.Contains($"object  {name}", segment, StringComparison.Ordinal);
        Assert.Contains("kind    flush", segment, StringComparison.Ordinal);
        Assert.Contains("is partition 0 of topic", segment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckpointsAreShownOrSaidToBeMissing()
    {
        await broker.CreateTopicAsync(1);
        Assert.Contains("checkpoint", (await broker.RunAsync("inspect", "checkpoint", "--data", broker.Data)).Succeeded().Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("register", "shards/9999")]
    [InlineData("segment", "00/0000/s-000000000000-0000000000000000")]
    [InlineData("checkpoint", "9999")]
    public async Task WhatIsNotThereIsOneLineAndExitCodeOne(string what, string name)
    {
        ProcessOutcome outcome = await broker.RunAsync("inspect", what, name, "--data", broker.Data);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderWithoutALogIsLeftAsItIs()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(1, (await broker.RunAsync("inspect", "register", "--data", folder.Path)).ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
