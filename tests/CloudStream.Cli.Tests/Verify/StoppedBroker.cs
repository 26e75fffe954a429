using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.Verify;

/// <summary>
/// What a broker left behind that was stopped, the checkpoint of its only shard among it: a topic of one partition whose three records lie
/// in an object each, and one of many partitions.
/// </summary>
public sealed class StoppedBroker : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public static readonly string[] Records = ["first-record-of-three", "second-record-of-three", "third-record-of-three"];

    internal string Data => _folder.Combine("data");

    public async ValueTask InitializeAsync()
    {
        await using ServeProcess serve = await ServeProcess.StartAsync(
            Data, 0, "--set", "cloudstream.shards=1", "--set", "cloudstream.inline.max.bytes=0");
        (await RunAsync(serve, "", "topic", "create", "many", "--partitions", "300")).Succeeded();
        (await RunAsync(serve, "", "topic", "create", "orders", "--partitions", "1")).Succeeded();
        foreach (string record in Records)
            (await RunAsync(serve, record + "\n", "produce", "orders")).Succeeded();
        Assert.Equal(0, await serve.TerminateAsync());
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static Task<ProcessOutcome> RunAsync(ServeProcess serve, string input, params string[] arguments) =>
        CloudStreamProcess.RunAsync(serve.Address, System.Text.Encoding.UTF8.GetBytes(input), arguments);
}
