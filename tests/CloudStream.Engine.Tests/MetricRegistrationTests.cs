using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests;

/// <summary>A broker has one set of instruments: of two with the same name, one would never move.</summary>
public sealed class MetricRegistrationTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_instrument_is_registered_twice(bool holdLeases)
    {
        using var meter = new Meter("metric-registration-tests");
        var names = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => Keep(instrument, meter, names) };
        listener.Start();
        var runtime = new BrokerRuntime(new ManualTime(), new RandomSource(1), NullLoggerFactory.Instance, meter);
        var stores = new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore());
        var options = new BrokerOptions { HoldLeases = holdLeases };

        await using var broker = await Broker.StartAsync(stores, options, runtime, TestContext.Current.CancellationToken);

        lock (names)
        {
            Assert.Contains("cloudstream.upkeep.age", names);
            Assert.Empty(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key));
        }
    }

    private static void Keep(Instrument instrument, Meter meter, List<string> names)
    {
        if (!ReferenceEquals(instrument.Meter, meter))
            return;
        lock (names)
            names.Add(instrument.Name);
    }
}
