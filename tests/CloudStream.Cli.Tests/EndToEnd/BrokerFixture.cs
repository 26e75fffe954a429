using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>One broker process for a class of tests; each test has topics of its own.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServeProcess? _serve;
    private int _topics;

    internal Uri Address => _serve!.Address;

    /// <summary>Where it speaks Kafka's protocol.</summary>
    internal string Kafka { get; private set; } = "";

    internal string Data => _folder.Combine("data");

    public async ValueTask InitializeAsync()
    {
        _serve = await ServeProcess.StartAsync(Data, 0, "--kafka", "127.0.0.1:0", "--set", "group.initial.rebalance.delay.ms=0");
        Kafka = await _serve.PrintedLineAsync("kafka");
    }

    public async ValueTask DisposeAsync()
    {
        int exitCode = await _serve!.TerminateAsync();
        string printed = _serve.Printed;
        await _serve.DisposeAsync();
        _folder.Dispose();
        Assert.True(exitCode == 0, $"serve ended with exit code {exitCode}: {printed}");
    }

    internal Task<ProcessOutcome> RunAsync(params string[] arguments) => CloudStreamProcess.RunAsync(Address, arguments);

    internal Task<ProcessOutcome> RunWithInputAsync(string input, params string[] arguments) =>
        CloudStreamProcess.RunAsync(Address, System.Text.Encoding.UTF8.GetBytes(input), arguments);

    /// <summary>Records in it are kept whatever their timestamps.</summary>
    internal async Task<string> CreateTopicAsync(int partitions)
    {
        string name = $"topic-{Interlocked.Increment(ref _topics)}";
        (await RunAsync("topic", "create", name, "--partitions", $"{partitions}", "--config", "retention.ms=-1")).Succeeded();
        return name;
    }
}
