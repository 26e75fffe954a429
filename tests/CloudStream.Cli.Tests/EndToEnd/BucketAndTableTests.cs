using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// <c>serve</c> on a bucket and a table, where CLOUDSTREAM_TEST_S3 and CLOUDSTREAM_TEST_DYNAMODB name the endpoints of such
/// (<c>tests/emulators/run</c> starts some).
/// </summary>
public sealed class BucketAndTableTests
{
    private static int s_made;

    private readonly string _name = $"cloudstream-cli-{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}";

    [Fact]
    public async Task WhatWasAcknowledgedOutlivesABrokerThatIsKilledAndEveryBrokerServesIt()
    {
        string[] place = Place();
        string[] records = [.. Enumerable.Range(0, 300).Select(i => $"record {i}")];
        await using (ServeProcess first = await StartAsync([.. place, "--create-bucket", "--create-table"]))
        {
            (await RunAsync(first, "", "topic", "create", "orders", "--partitions", "3")).Succeeded();
            (await RunAsync(first, string.Join('\n', records) + "\n", "produce", "orders")).Succeeded();
            first.Kill();
            await first.WaitForExitAsync();
        }

        await using ServeProcess second = await StartAsync(place);
        await using ServeProcess third = await StartAsync(place);
        (await RunAsync(third, "one more\n", "produce", "orders")).Succeeded();
        foreach (ServeProcess serve in (ServeProcess[])[second, third])
        {
            string output = (await RunAsync(serve, "", "consume", "orders", "--format", "%s\\n")).Succeeded().Output;
            Assert.Equal(records.Append("one more").Order(), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        }

        Assert.Equal(0, await third.TerminateAsync());
        Assert.Equal(0, await second.TerminateAsync());
    }

    [Fact]
    public async Task WhatIsMissingIsSaidInOneLineThatNamesWhatToDo()
    {
        string[] place = Place();
        using var folder = new TemporaryFolder();
        await using ServeProcess serve = ServeProcess.StartRaw(
            folder.Path, new Uri("http://127.0.0.1:1"), ["serve", "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0", .. place]);

        Assert.Equal(1, await serve.WaitForExitAsync());

        Assert.Matches(
            @"cloudstream: cannot use s3://\S+ with table \S+: .* does not exist; create it, or let --create-\S+ do so", serve.Printed);
    }

    [Theory]
    [InlineData("'s3://' is not s3://BUCKET", "--store", "s3://", "--table", "t")]
    [InlineData("'gs://b' is not s3://BUCKET", "--store", "gs://b", "--table", "t")]
    [InlineData("--store needs --table TABLE", "--store", "s3://b")]
    [InlineData("go with --store s3://BUCKET", "--table", "t")]
    [InlineData("--data and --page-cache are for a folder", "--store", "s3://b", "--table", "t", "--data", "d")]
    [InlineData("'ftp://x' is no http:// or https:// address", "--store", "s3://b", "--table", "t", "--s3-endpoint", "ftp://x")]
    public async Task OptionsThatDoNotGoTogetherAreAWrongCommandLine(string expected, params string[] options)
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, ["serve", .. options]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    private static Task<ServeProcess> StartAsync(string[] place) => ServeProcess.StartOnAsync(place);

    private static Task<ProcessOutcome> RunAsync(ServeProcess serve, string input, params string[] arguments) =>
        CloudStreamProcess.RunAsync(serve.Address, System.Text.Encoding.UTF8.GetBytes(input), arguments);

    private string[] Place()
    {
        string? s3 = Environment.GetEnvironmentVariable("CLOUDSTREAM_TEST_S3");
        string? table = Environment.GetEnvironmentVariable("CLOUDSTREAM_TEST_DYNAMODB");
        Assert.SkipWhen(string.IsNullOrEmpty(s3) || string.IsNullOrEmpty(table),
            "CLOUDSTREAM_TEST_S3 and CLOUDSTREAM_TEST_DYNAMODB name no endpoints; tests/emulators/run starts some.");
        return ["--store", $"s3://{_name}/streams", "--table", _name, "--s3-endpoint", s3!, "--dynamodb-endpoint", table!];
    }
}
