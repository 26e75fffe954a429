using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>
/// One broker over stores in memory behind one HTTP host, shared by the tests of a class; every test makes its own topics.
/// </summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    // Meters of a factory's own: by their name alone the host would report other brokers of this process, too.
    private readonly ServiceProvider _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private Broker _broker = null!;

    public HttpHost Host { get; private set; } = null!;

    public IBroker Broker => _broker;

    /// <summary>What the broker logged as errors.</summary>
    public FaultLog Faults { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var meters = _metrics.GetRequiredService<IMeterFactory>();
        _broker = await StartBrokerAsync(meters.Create("CloudStream.Engine"), Faults);
        Host = await HttpHost.StartAsync(_broker, options => options.Heartbeat = TimeSpan.FromMilliseconds(50), meters: meters);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _broker.DisposeAsync();
        await _metrics.DisposeAsync();
    }

    public static Task<Broker> StartBrokerAsync(Meter meter, params (string Name, string Value)[] settings) =>
        StartBrokerAsync(meter, NullLoggerFactory.Instance, settings);

    private static Task<Broker> StartBrokerAsync(Meter meter, ILoggerFactory loggers, params (string Name, string Value)[] settings)
    {
        // Topics are created when asked for, and only then, unless a test says otherwise. Groups form at once, and members may be short of
        // breath. Records of 1970 stay: retention would come between a produce and a look-up where the machine is slow.
        var options = new BrokerOptions
        {
            Shards = 2,
            FlushInterval = TimeSpan.FromMilliseconds(1),
            Settings =
            {
                ["auto.create.topics.enable"] = "false",
                ["group.initial.rebalance.delay.ms"] = "0",
                ["group.min.session.timeout.ms"] = "50",
                ["log.retention.ms"] = "-1",
            },
        };
        foreach (var (name, value) in settings)
            Assert.True(BrokerSettings.TryApply(options, name, value, out var error), error);
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(1), loggers, meter);
        return CloudStream.Cluster.Broker.StartAsync(
            new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore()), options, runtime, CancellationToken.None);
    }
}
