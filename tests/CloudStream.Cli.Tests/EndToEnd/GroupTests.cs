using System.Text.Json;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class GroupTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private readonly string _group = $"group-{Guid.NewGuid():n}";

    [Fact]
    public async Task AGroupGoesOnWhereItIsAndShowsItsLag()
    {
        string topic = await TopicAsync("a\nb\nc");
        Assert.Equal("a\nb\n", (await broker.RunAsync("consume", topic, "--group", _group, "--count", "2")).Succeeded().Output);
        await broker.RunWithInputAsync("d\ne", "produce", topic);

        string described = (await broker.RunAsync("group", "describe", _group)).Succeeded().Output;
        Assert.Contains("state        Empty", described, StringComparison.Ordinal);
        Assert.Matches($@"{topic} +0 +2 +5 +3 +-", described);
        Assert.Contains(_group, (await broker.RunAsync("group", "list")).Succeeded().Output.Split('\n'));
        Assert.Equal("c\nd\ne\n", (await broker.RunAsync("consume", topic, "--group", _group)).Succeeded().Output);
        Assert.Equal("", (await broker.RunAsync("consume", topic, "--group", _group)).Succeeded().Output);
        Assert.Equal("a\nb\nc\nd\ne\n", (await broker.RunAsync("consume", topic, "--group", _group + "-other")).Succeeded().Output);
    }

    [Fact]
    public async Task JsonHasTheSameFacts()
    {
        string topic = await TopicAsync("a\nb\nc");
        await broker.RunAsync("consume", topic, "--group", _group, "--count", "1");

        using JsonDocument described = JsonDocument.Parse(
            (await broker.RunAsync("group", "describe", _group, "--json")).Succeeded().Output);
        using JsonDocument list = JsonDocument.Parse((await broker.RunAsync("group", "list", "--json")).Succeeded().Output);

        Assert.Equal((_group, "Empty", 2),
            (described.RootElement.GetProperty("group").GetString(), described.RootElement.GetProperty("state").GetString(),
                described.RootElement.GetProperty("lag").GetInt32()));
        JsonElement partition = Assert.Single(described.RootElement.GetProperty("partitions").EnumerateArray());
        Assert.Equal(
            (topic, 1, 3),
            (partition.GetProperty("topic").GetString(), partition.GetProperty("committedOffset").GetInt32(),
                partition.GetProperty("logEndOffset").GetInt32()));
        Assert.Contains(list.RootElement.EnumerateArray(),
            g => g.GetProperty("group").GetString() == _group && g.GetProperty("state").GetString() == "Empty");
    }

    [Fact]
    public async Task OffsetsAreResetAndAnotherGroupIsLeftAlone()
    {
        string topic = await TopicAsync("a\nb\nc");
        await broker.RunAsync("consume", topic, "--group", _group);

        string dry = (await broker.RunAsync("group", "reset", _group, "--to", "earliest", "--dry-run")).Succeeded().Output;
        Assert.Matches($@"{topic} +0 +3 +0\n", dry);
        Assert.Equal("", (await broker.RunAsync("consume", topic, "--group", _group)).Succeeded().Output);
        Assert.Matches($@"{topic} +0 +3 +2\n", (await broker.RunAsync("group", "reset", _group, "--by", "-1")).Succeeded().Output);
        Assert.Equal("c\n", (await broker.RunAsync("consume", topic, "--group", _group)).Succeeded().Output);
        Assert.Matches($@"{topic} +0 +3 +1\n",
            (await broker.RunAsync("group", "reset", _group, "--to", "1", "--topic", $"{topic}:0")).Succeeded().Output);
        Assert.Equal("b\nc\n", (await broker.RunAsync("consume", topic, "--group", _group)).Succeeded().Output);
        Assert.Matches($@"{topic} +0 +- +3\n",
            (await broker.RunAsync("group", "reset", _group + "-new", "--to", "latest", "--topic", topic)).Succeeded().Output);
    }

    [Fact]
    public async Task ADeletedGroupIsGoneAndBeginsAnew()
    {
        string topic = await TopicAsync("a");
        await broker.RunAsync("consume", topic, "--group", _group);

        Assert.Equal($"deleted {_group}\n", (await broker.RunAsync("group", "delete", _group)).Succeeded().Output);

        Refused(await broker.RunAsync("group", "describe", _group), _group);
        Refused(await broker.RunAsync("group", "delete", _group), _group);
        Assert.Equal("a\n", (await broker.RunAsync("consume", topic, "--group", _group)).Succeeded().Output);
    }

    [Fact]
    public async Task AFollowingMemberCommitsAndLeavesWhenItIsToldToStop()
    {
        string topic = await TopicAsync("a\nb");
        await using (ServeProcess following = ServeProcess.StartRaw(
            Path.GetTempPath(), broker.Address, "consume", topic, "--group", _group, "--follow", "--server", broker.Address.AbsoluteUri))
        {
            await following.PrintedLineAsync("b");
            string busy = (await broker.RunAsync("group", "describe", _group)).Succeeded().Output;
            Assert.Contains("state        Stable", busy, StringComparison.Ordinal);
            Assert.Contains("cloudstream-cli", busy, StringComparison.Ordinal);
            Refused(await broker.RunAsync("group", "reset", _group, "--to", "earliest"), "no members");
            Assert.Equal(0, await following.InterruptAsync());
        }

        string idle = (await broker.RunAsync("group", "describe", _group)).Succeeded().Output;
        Assert.Contains("state        Empty", idle, StringComparison.Ordinal);
        Assert.Matches($@"{topic} +0 +2 +2 +0 +-", idle);
    }

    [Theory]
    [InlineData("group")]
    [InlineData("group", "reset", "g")]
    [InlineData("group", "reset", "g", "--to", "earliest", "--by", "1")]
    [InlineData("group", "reset", "g", "--to", "middle")]
    [InlineData("group", "reset", "g", "--to", "latest", "--topic", "t:x")]
    [InlineData("consume", "t", "--group", "")]
    [InlineData("consume", "t", "--group", "g", "--partition", "0")]
    [InlineData("consume", "t", "--group", "g", "--from", "7")]
    public async Task AWrongCommandLineIsExitCodeTwo(params string[] arguments) =>
    Assert.Equal(2, (await broker.RunAsync(arguments)).ExitCode);

    private async Task<string> TopicAsync(string lines)
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync(lines, "produce", topic)).Succeeded();
        return topic;
    }

    private static void Refused(ProcessOutcome outcome, string named)
    {
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
    }
}
