using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class InspectTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task RegistersAreListedAndAJournalsSlotIsShown()
    {
        await broker.CreateTopicAsync(1);
        string list = (await broker.RunAsync("inspect", "register", "--data", broker.Data)).Succeeded().Output;
        Assert.Contains("topics/", list, StringComparison.Ordinal);
        string slot = list.Split(' ', '\n').First(w => w.StartsWith("journals/", StringComparison.Ordinal));
        string shown = (await broker.RunAsync("inspect", "register", slot, "--data", broker.Data)).Succeeded().Output;
        Assert.Contains($"register  {slot}", shown, StringComparison.Ordinal);
        Assert.Contains("holder ", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JournalsAreShownWithTheCommitsBehindTheCheckpoint()
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync("a\nb\nc\n", "produce", topic)).Succeeded();
        string all = (await broker.RunAsync("inspect", "journal", "--data", broker.Data)).Succeeded().Output;
        Assert.Matches(@"shard 0, slot journals/[0-9a-f]{16}/0000/\d{4}\ncommit    \d+  write id [0-9a-f]{32}  behind [0-9a-f]{32}\n", all);
        var shown = new List<string>();
        for (int shard = 0; all.Contains($"shard {shard}", StringComparison.Ordinal); shard++)
            shown.Add((await broker.RunAsync("inspect", "journal", $"{shard}", "--data", broker.Data)).Succeeded().Output);
        Assert.Contains(shown, t => t.Contains(" flush ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ObjectsAreListedAndAFlushsDirectoryIsShown()
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync(new string('x', 20_000) + "\n", "produce", topic)).Succeeded();
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
    [InlineData("register", "topics/none")]
    [InlineData("journal", "9999")]
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
