using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Finds out that a store that took no writes takes them again, for while it takes none nobody may be sent here to try. Writes nothing
/// while all is well. Used by one tick at a time.
/// </summary>
internal sealed class WriteProbe(BrokerStores stores, IUpkeepShard shard, Troubles troubles, BrokerRuntime runtime)
{
    /// <summary>How often to look.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A register that nobody reads.
    private const string Key = "cluster/write-probe";
    private static readonly ReadOnlyMemory<byte>[] s_content = [new byte[16 * 1024]];

    /// <summary>Tries the stores that took no writes.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await TryAsync(WriteTroubles.ObjectStore, ProbeObjectsAsync, cancellationToken);
        await TryAsync(WriteTroubles.MetadataStore, ProbeRegistersAsync, cancellationToken);
    }

    private async ValueTask TryAsync(string store, Func<CancellationToken, ValueTask> probe, CancellationToken cancellationToken)
    {
        if (!troubles.IsOpen(TroubleKind.NotWritable, store))
            return;
        try
        {
            await probe(cancellationToken);
            troubles.Over(TroubleKind.NotWritable, store);
        }
        catch (StoreException)
        {
            // Not yet.
        }
    }

    // Named as a segment object is, since a store may take less of those than of what makes room. Left behind by a crash it is an orphan.
    private async ValueTask ProbeObjectsAsync(CancellationToken cancellationToken)
    {
        var name = shard.NewObject(ObjectKind.Segment).NameIn(shard.Number);
        await stores.Objects.PutAsync(name, s_content, cancellationToken);
        await stores.Objects.DeleteAsync([name], cancellationToken);
    }

    private async ValueTask ProbeRegistersAsync(CancellationToken cancellationToken)
    {
        var now = await stores.Metadata.GetVersionAsync(Key, cancellationToken);
        await stores.Metadata.PutAsync(Key, new byte[1], now.Version, runtime.Random.NextWriteId(), cancellationToken);
    }
}
