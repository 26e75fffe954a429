using System.Buffers.Text;
using CloudStream.Cluster.Registers;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Formation;

/// <summary>
/// The first thing a broker does: learn which cluster it belongs to, or found it. A cluster is founded only where no cluster's data lies:
/// registers that are gone would make all of it look like nobody's.
/// </summary>
internal static partial class ClusterFormation
{
    /// <summary>
    /// Reads the register, or writes it with the options of this broker. A store that is away or throttles is waited for.
    /// </summary>
    /// <exception cref="StoreException">A store refuses, what stands there is not ours to read, or registers and objects are not of one
    /// cluster.</exception>
    public static async Task<ClusterRegister> OpenAsync(
        BrokerStores stores, BrokerOptions options, BrokerRuntime runtime, LogMetrics metrics, CancellationToken cancellationToken)
    {
        var log = runtime.Loggers.CreateLogger(typeof(ClusterFormation).FullName!);
        var own = ClusterRegister.Found(NewId(runtime.Random), options.Shards, options.CoordinatorShards, options.JournalSlots);
        var registers = new SettledRegisters(stores.Metadata, runtime, metrics);
        var backoff = new Backoff(runtime);
        while (true)
        {
            try
            {
                if (await TryOpenAsync(stores.Objects, registers, own, cancellationToken) is { } opened)
                {
                    LogOpened(log, opened, own);
                    return opened;
                }
            }
            catch (StoreException e) when (e.IsTransient)
            {
                LogWaiting(log, e);
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }

    // The mark goes before the register: a crash between them leaves a mark that stands for nothing, and the next start founds. Of several
    // brokers that found at once the register decides. Null: it was written meanwhile.
    private static async ValueTask<ClusterRegister?> TryOpenAsync(
        IObjectStore objects, SettledRegisters registers, ClusterRegister own, CancellationToken cancellationToken)
    {
        if (await registers.GetAsync(ClusterRegister.Key, cancellationToken) is { } present)
        {
            var cluster = ClusterRegister.Decode(present.Value);
            await ClusterMark.CheckAsync(objects, cluster, cancellationToken);
            return cluster;
        }

        // What lies there may be of a broker that has founded since: then there is a register now.
        if (await FindDataAsync(objects, cancellationToken) is { } found)
            return await registers.GetAsync(ClusterRegister.Key, cancellationToken) is null ? throw RegistersGone(found) : null;
        await ClusterMark.PutAsync(objects, own, cancellationToken);
        var put = await registers.PutAsync(ClusterRegister.Key, own.Encode(), 0, cancellationToken);
        return put.Succeeded ? own : null;
    }

    private static async ValueTask<string?> FindDataAsync(IObjectStore objects, CancellationToken cancellationToken)
    {
        await foreach (var info in objects.ListAsync("", cancellationToken))
        {
            if (ClusterObjects.HoldsData(info.Name))
                return info.Name;
        }

        return null;
    }

    private static StoreException RegistersGone(string found) => new(
        StoreErrorKind.Refused,
        $"the object store holds a cluster's data (such as '{found}'), but the registers know of no cluster; nothing was changed. "
        + "Restore the registers that belong to it (registers.db, on a folder), or choose another place for a new cluster");

    private static void LogOpened(ILogger log, ClusterRegister opened, ClusterRegister own)
    {
        if (opened.ClusterId == own.ClusterId)
            LogCreated(log, opened.ClusterId, opened.Shards);
        else if (opened.Shards != own.Shards)
            LogOtherShards(log, opened.ClusterId, opened.Shards, own.Shards);
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

    [LoggerMessage(2001, LogLevel.Warning,
        "Cluster {ClusterId} has {Shards} shards since its first start; the setting of {Wanted} is ignored")]
    private static partial void LogOtherShards(ILogger log, string clusterId, int shards, int wanted);

    [LoggerMessage(2002, LogLevel.Warning, "A store cannot be reached yet")]
    private static partial void LogWaiting(ILogger log, Exception failure);
}
