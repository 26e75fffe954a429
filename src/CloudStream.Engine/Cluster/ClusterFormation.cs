using System.Buffers.Text;
using CloudStream.Engine.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using Microsoft.Extensions.Logging;

namespace CloudStream.Engine.Cluster;

/// <summary>The first thing a broker does: learn which cluster it belongs to, or found it.</summary>
internal static partial class ClusterFormation
{
    /// <summary>Reads the register, or writes it with the options of this broker. A store that is away or throttles is waited for.</summary>
    /// <exception cref="StoreException">The store refuses, or what stands there is not ours to read.</exception>
    public static async Task<ClusterRegister> OpenAsync(
        IMetadataStore store, BrokerOptions options, BrokerRuntime runtime, EngineMetrics metrics, CancellationToken cancellationToken)
    {
        var log = runtime.Loggers.CreateLogger(typeof(ClusterFormation).FullName!);
        var own = new ClusterRegister(NewId(runtime.Random), options.Shards);
        var opened = await ReadOrCreateAsync(new SettledRegisters(store, runtime, metrics), own, log, cancellationToken);
        if (opened.ClusterId == own.ClusterId)
            LogCreated(log, opened.ClusterId, opened.Shards);
        else if (opened.Shards != options.Shards)
            LogOtherShards(log, opened.ClusterId, opened.Shards, options.Shards);
        return opened;
    }

    private static async Task<ClusterRegister> ReadOrCreateAsync(SettledRegisters registers, ClusterRegister own, ILogger log, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await registers.GetAsync(ClusterRegister.Key, cancellationToken) is { } present)
                    return ClusterRegister.Decode(present.Value);
                var put = await registers.PutAsync(ClusterRegister.Key, own.Encode(), 0, cancellationToken);
                return put.Succeeded || put.Current is null ? own : ClusterRegister.Decode(put.Current.Value);
            }
            catch (StoreException e) when (e.IsTransient)
            {
                LogWaiting(log, e);
            }
        }
    }

    // Kafka's tools take an id that begins with '-' for an option.
    private static string NewId(RandomSource random)
    {
        while (true)
        {
            var id = Base64Url.EncodeToString(random.NextGuid().ToByteArray());
            if (id[0] != '-')
                return id;
        }
    }

    [LoggerMessage(2000, LogLevel.Information, "Created cluster {ClusterId} with {Shards} shards")]
    private static partial void LogCreated(ILogger log, string clusterId, int shards);

    [LoggerMessage(2001, LogLevel.Warning, "Cluster {ClusterId} has {Shards} shards since its first start; the setting of {Wanted} is ignored")]
    private static partial void LogOtherShards(ILogger log, string clusterId, int shards, int wanted);

    [LoggerMessage(2002, LogLevel.Warning, "The metadata store cannot be reached yet")]
    private static partial void LogWaiting(ILogger log, Exception failure);
}
