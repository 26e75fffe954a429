using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Reading;

/// <summary>Says of stored records that cannot be read which they are: to the reader, and once to people. Thread-safe.</summary>
internal sealed class DamageReporter(DamageTroubles troubles)
{
    /// <summary>A fetch with the newest index ended at damage.</summary>
    public FetchResult Report(IShardLog shard, PartitionId id, StoreException failure, FailedBlock failed)
    {
        var state = shard.State;
        var known = state.Find(id);
        var name = failed.Key?.ObjectName;
        var damage = new Damage(
            shard.Number, id, failed.BaseOffset, failed.EndOffset, name, failed.Key?.Position ?? 0,
            IsMissing: failure.Kind == StoreErrorKind.NotFound);
        var detail = troubles.Met(damage, () => shard.State);
        var range = new DamagedRange(failed.BaseOffset, failed.EndOffset, name);
        return FetchResult.Damaged(range, detail, known?.EndOffset ?? -1, known?.LogStartOffset ?? -1, state.LeaderEpoch);
    }

    /// <summary>A block that had failed is there again.</summary>
    public void Healed(BlockKey key) => troubles.Healed(key.Shard, key.ObjectName, key.Position);
}
