using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>
/// One broker over stores in memory behind one HTTP host, shared by the tests of a class; every test makes its own topics.
/// </summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private readonly Meter _meter = new("CloudStream.Engine");
    private Broker _broker = null!;

    public HttpHost Host { get; private set; } = null!;

    public IBroker Broker => _broker;

    /// <summary>What the broker logged as errors.</summary>
    public FaultLog Faults { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _broker = await StartBrokerAsync(_meter, Faults);
        Host = await HttpHost.StartAsync(_broker, options => options.Heartbeat = TimeSpan.FromMilliseconds(50));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _broker.DisposeAsync();
        _meter.Dispose();
    }

    public static Task<Broker> StartBrokerAsync(Meter meter, params (string Name, string Value)[] settings) =>
        StartBrokerAsync(meter, NullLoggerFactory.Instance, settings);

    private static Task<Broker> StartBrokerAsync(Meter meter, ILoggerFactory loggers, params (string Name, string Value)[] settings)
    {
        // Topics are created when asked for, and only then, unless a test says otherwise. Groups form at once, and members may be short of
        // breath.
        var options = new BrokerOptions
        {
            Shards = 2,
            FlushInterval = TimeSpan.FromMilliseconds(1),
            Settings =
            {
                ["auto.create.topics.enable"] = "false",
                ["group.initial.rebalance.delay.ms"] = "0",
                ["group.min.session.timeout.ms"] = "50"
            },
        };
        foreach (var (name, value) in settings)
            options.Settings[name] = value;
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(1), loggers, meter);
        return CloudStream.Cluster.Broker.StartAsync(
            new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore()), options, runtime, CancellationToken.None);
    }
}
