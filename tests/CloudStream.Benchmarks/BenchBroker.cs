using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Benchmarks;

/// <summary>A broker in this process.</summary>
internal static class BenchBroker
{
    public static Task<Broker> StartAsync(IObjectStore objects, IMetadataStore metadata, BrokerOptions options) => Broker.StartAsync(
        new BrokerStores(objects, metadata), options,
        new BrokerRuntime(TimeProvider.System, new RandomSource(new Random(1)), NullLoggerFactory.Instance,
            new Meter("CloudStream.Benchmarks")), CancellationToken.None);

    public static async Task CreateTopicAsync(Broker broker, string name, int partitions)
    {
        var created = await broker.CreateTopicAsync(
            name, partitions, new Dictionary<string, string>(StringComparer.Ordinal), CancellationToken.None);
        if (created.Error != ErrorCode.None)
            throw new InvalidOperationException($"{created.Error}: {created.Detail}");
    }
}
