using System.Text;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class ProduceConsumeTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task LinesComeBackAsTheyWereAndInOrder()
    {
        string topic = await broker.CreateTopicAsync(1);
        Assert.Equal("4 records acknowledged\n",
            (await broker.RunWithInputAsync("first\n\n  third ü\nlast", "produce", topic)).Succeeded().Output);
        Assert.Equal("first\n\n  third ü\nlast\n", (await broker.RunAsync("consume", topic)).Succeeded().Output);
    }

    [Fact]
    public async Task NoInputIsNoRecordsAndNoFailure()
    {
        string topic = await broker.CreateTopicAsync(1);
        ProcessOutcome outcome = (await broker.RunAsync("produce", topic)).Succeeded();
        Assert.Equal(("0 records acknowledged\n", "cloudstream: no records on standard input\n"), (outcome.Output, outcome.Error));
        Assert.Equal("", (await broker.RunAsync("consume", topic)).Succeeded().Output);
    }

    [Fact]
    public async Task BytesThatAreNoTextSurvive()
    {
        string topic = await broker.CreateTopicAsync(1);
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => b != '\n'), (byte)'\n'];
        (await CloudStreamProcess.RunAsync(broker.Address, bytes, "produce", topic)).Succeeded();
        Assert.Equal(bytes, (await broker.RunAsync("consume", topic)).Succeeded().OutputBytes);
    }

    [Fact]
    public async Task AFileIsReadAndKeysArePartedFromValues()
    {
        string topic = await broker.CreateTopicAsync(1);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("in"), "a=1\nno key\n=empty key\nb=2=3\n", TestContext.Current.CancellationToken);
        Assert.Equal("4 records acknowledged\n",
            (await broker.RunAsync("produce", topic, folder.Combine("in"), "--key-separator", "=")).Succeeded().Output);
        Assert.Equal("a/1/1/1 /no key/-1/6 /empty key/0/9 b/2=3/1/3 ",
            (await broker.RunAsync("consume", topic, "--format", "%k/%s/%K/%S ")).Succeeded().Output);
    }

    [Theory]
    [InlineData(@"\t", "a\t1\n")]
    [InlineData(@"\x1f", "a\u001f1\n")]
    [InlineData(@"\0", "a\01\n")]
    [InlineData(@"\\", "a\\1\n")]
    [InlineData(@"::", "a::1\n")]
    public async Task AKeySeparatorMayBeEscaped(string separator, string input)
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync(input, "produce", topic, "--key-separator", separator)).Succeeded();
        Assert.Equal("a/1 ", (await broker.RunAsync("consume", topic, "--format", "%k/%s ")).Succeeded().Output);
    }

    [Fact]
    public async Task AnUnknownEscapeInAKeySeparatorIsExitCodeTwo()
    {
        ProcessOutcome outcome = await broker.RunWithInputAsync("a", "produce", "any", "--key-separator", @"\q");
        Assert.Equal((2, "cloudstream: --key-separator: there is no escape '\\q'; there are \\n \\r \\t \\0 \\\\ and \\xNN\n"),
            (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public async Task AnInterruptionSaysHowManyRecordsAreStored()
    {
        string topic = await broker.CreateTopicAsync(1);
        using var producer = System.Diagnostics.Process.Start(
            CloudStreamProcess.StartInfo("produce", topic, "--server", broker.Address.ToString()))!;
        await producer.StandardInput.WriteAsync("a\nb\nc\n");
        await producer.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        (await broker.RunAsync("consume", topic, "--follow", "--count", "3")).Succeeded();

        System.Diagnostics.Process.Start("kill", ["-INT", $"{producer.Id}"]).Dispose();

        Assert.Equal("3 records acknowledged\n", await producer.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("cloudstream: interrupted: 3 records stored\n",
            await producer.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await producer.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, producer.ExitCode);
    }

    [Fact]
    public async Task JsonRecordsCarryEverything()
    {
        string topic = await broker.CreateTopicAsync(3);
        const string Input = """
            {"key":"k","value":{"a": 1},"headers":{"h":"x","n":null},"partition":2,"timestamp":1700000000123}
            {"partition":2,"valueBase64":"AAE="}
            {"partition":2,"key":"gone","value":null}
            """;
        Assert.Equal("3 records acknowledged\n",
            (await broker.RunWithInputAsync(Input, "produce", topic, "--format", "ndjson")).Succeeded().Output);
        string read = (await broker.RunAsync("consume", topic, "--format", @"%t %p %o %k %s %S %h|\n", "--count", "1")).Succeeded().Output;
        Assert.Equal($"{topic} 2 0 k {{\"a\":1}} 7 h=x,n=NULL|\n", read);
        Assert.Equal("1700000000123", (await broker.RunAsync("consume", topic, "--format", "%T", "--count", "1")).Succeeded().Output);
        Assert.Equal("1:2 2:-1 ",
            (await broker.RunAsync("consume", topic, "--format", "%o:%S ", "--from", "1", "--partition", "2")).Succeeded().Output);
    }

    [Fact]
    public async Task ABrokenLineStopsWithItsNumberAndWhatCameBeforeIsThere()
    {
        string topic = await broker.CreateTopicAsync(1);
        ProcessOutcome outcome = await broker.RunWithInputAsync(
            "{\"value\":1}\n{\"value\":2}\n{\"valeu\":3}\n{\"value\":4}\n", "produce", topic, "--format", "ndjson");
        Assert.Equal((1, "2 records acknowledged\n"), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: line 3: a record has no field 'valeu'", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("1\n2\n", (await broker.RunAsync("consume", topic)).Succeeded().Output);
    }

    [Fact]
    public async Task APartitionThatDoesNotExistIsRefused()
    {
        string topic = await broker.CreateTopicAsync(2);
        ProcessOutcome outcome = await broker.RunWithInputAsync("x\n", "produce", topic, "--partition", "2");
        Assert.Equal((1, "0 records acknowledged\n"), (outcome.ExitCode, outcome.Output));
        Assert.Equal(1, (await broker.RunAsync("consume", topic, "--partition", "2")).ExitCode);
    }

    [Fact]
    public async Task ARecordThatIsTooLargeIsRefusedAndTheExitCodeSaysSo()
    {
        string topic = await broker.CreateTopicAsync(1);
        ProcessOutcome outcome = await broker.RunWithInputAsync(new string('x', 2_000_000), "produce", topic);
        Assert.Equal((1, "0 records acknowledged\n"), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadingBeginsWhereItIsTold()
    {
        string topic = await broker.CreateTopicAsync(1);
        string input = string.Concat(
            Enumerable.Range(0, 10).Select(i => $"{{\"value\":{i},\"timestamp\":{1_700_000_000_000 + (i * 1000)}}}\n"));
        (await broker.RunWithInputAsync(input, "produce", topic, "--format", "ndjson")).Succeeded();
        Assert.Equal("0123456789", await ReadAsync(topic));
        Assert.Equal("789", await ReadAsync(topic, "--from", "7"));
        Assert.Equal("78", await ReadAsync(topic, "--from", "7", "--count", "2"));
        Assert.Equal("", await ReadAsync(topic, "--from", "10"));
        Assert.Equal("", await ReadAsync(topic, "--from", "latest"));
        Assert.Equal("456789", await ReadAsync(topic, "--from", "@1700000004000"));
        Assert.Equal("56789", await ReadAsync(topic, "--from", "@1700000004001"));
        Assert.Equal("6789", await ReadAsync(topic, "--from", "2023-11-14T22:13:26Z"));
        Assert.Equal("", await ReadAsync(topic, "--from", "2030-01-01"));
    }

    [Theory]
    [InlineData("--from", "yesterday")]
    [InlineData("--from", "-1")]
    [InlineData("--format", "%z")]
    [InlineData("--count", "-1")]
    [InlineData("--partition", "-1")]
    public async Task AWrongArgumentIsExitCodeTwo(string option, string value) =>
    Assert.Equal(2, (await broker.RunAsync("consume", "any", option, value)).ExitCode);

    [Fact]
    public async Task AnOffsetPastTheEndOfAPartitionIsRefusedWithTheLimits()
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync("a\nb\n", "produce", topic)).Succeeded();
        ProcessOutcome outcome = await broker.RunAsync("consume", topic, "--from", "3", "--partition", "0");
        Assert.Equal((1, $"cloudstream: {topic}-0: offset 3 is out of range, the log has 0 to 2\n"), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public async Task ATopicThatDoesNotExistIsOneLineOnStandardError()
    {
        ProcessOutcome outcome = await broker.RunAsync("consume", "no-such-topic");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("no-such-topic", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordsWithOneKeyStayInOrderInOnePartition()
    {
        string topic = await broker.CreateTopicAsync(6);
        string input = string.Concat(Enumerable.Range(0, 3000).Select(i => $"key{i % 50}:{i}\n"));
        (await broker.RunWithInputAsync(input, "produce", topic, "--key-separator", ":")).Succeeded();
        string[] read = (await broker.RunAsync("consume", topic, "--format", @"%p %k %s\n")).Succeeded().Output.Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3000, read.Length);
        foreach (IGrouping<string, string[]> key in read.Select(l => l.Split(' ')).GroupBy(f => f[1]))
        {
            Assert.Single(key.Select(f => f[0]).Distinct());
            Assert.Equal(Enumerable.Range(0, 60).Select(i => (i * 50) + int.Parse(key.Key[3..])), key.Select(f => int.Parse(f[2])));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("snappy")]
    public async Task CompressedBatchesReadTheSame(string compression)
    {
        string topic = await broker.CreateTopicAsync(1);
        string input = string.Concat(Enumerable.Range(0, 500).Select(i => $"line number {i}\n"));
        (await broker.RunWithInputAsync(input, "produce", topic, "--compression", compression)).Succeeded();
        Assert.Equal(input, (await broker.RunAsync("consume", topic)).Succeeded().Output);
    }

    [Fact]
    public async Task FollowingGoesOnAndCountEndsIt()
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync("before\n", "produce", topic)).Succeeded();
        Task<ProcessOutcome> follower = broker.RunAsync("consume", topic, "--follow", "--count", "3");
        (await broker.RunWithInputAsync("during\n", "produce", topic)).Succeeded();
        Assert.False(follower.IsCompleted);
        (await broker.RunWithInputAsync("after\n", "produce", topic)).Succeeded();
        Assert.Equal("before\nduring\nafter\n", (await follower).Succeeded().Output);
    }

    [Fact]
    public async Task WhatFollowsIsPrintedAtOnceThoughTheOutputIsAPipe()
    {
        string topic = await broker.CreateTopicAsync(1);
        using var follower = System.Diagnostics.Process.Start(
            CloudStreamProcess.StartInfo("consume", topic, "--follow", "--server", broker.Address.ToString()))!;
        (await broker.RunWithInputAsync("now\n", "produce", topic)).Succeeded();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Assert.Equal("now", await follower.StandardOutput.ReadLineAsync(limit.Token));
        follower.Kill();
        await follower.WaitForExitAsync(limit.Token);
    }

    [Fact]
    public async Task AClosedPipeEndsItQuietly()
    {
        string topic = await broker.CreateTopicAsync(1);
        string input = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"line {i}\n"));
        (await broker.RunWithInputAsync(input, "produce", topic)).Succeeded();
        Assert.Equal("line 0\nline 1\nend 0 0\n",
            await ShellAsync($"{CloudStreamProcess.Executable} consume {topic} | head -n 2; echo end ${{PIPESTATUS[*]}}"));
    }

    [Fact]
    public async Task SeveralCommandsMayShareOneRedirectedFile()
    {
        string topic = await broker.CreateTopicAsync(1);
        (await broker.RunWithInputAsync("x\ny\n", "produce", topic)).Succeeded();
        using var folder = new TemporaryFolder();
        await ShellAsync(
            $"{{ echo begin; {CloudStreamProcess.Executable} consume {topic}; {CloudStreamProcess.Executable} consume {topic}; echo end; "
                + $"}} > {folder.Combine("out")}");
        Assert.Equal("begin\nx\ny\nx\ny\nend\n", await File.ReadAllTextAsync(folder.Combine("out"), TestContext.Current.CancellationToken));
    }

    private async Task<string> ReadAsync(string topic, params string[] more) =>
        (await broker.RunAsync(["consume", topic, "--format", "%s", .. more])).Succeeded().Output;

    private async Task<string> ShellAsync(string script)
    {
        var start = new System.Diagnostics.ProcessStartInfo("bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["CLOUDSTREAM_SERVER"] = broker.Address.ToString();
        using var shell = System.Diagnostics.Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Task<string> errors = shell.StandardError.ReadToEndAsync(limit.Token);
        string output = await shell.StandardOutput.ReadToEndAsync(limit.Token);
        await shell.WaitForExitAsync(limit.Token);
        Assert.Equal("", await errors);
        return output;
    }
}
