using CloudStream.Log.State;

namespace CloudStream.Log.Waiting;

/// <summary>One shard as a fetch follows it: the snapshot it looked at last. Used by one fetch.</summary>
internal sealed class ShardWatch(IShardLog shard)
{
    public IShardLog Shard => shard;

    public ShardState State { get; set; } = shard.State;

    /// <summary>What the fetch asks of the shard: answered when the state is proven newer than this.</summary>
    public long Question { get; } = shard.Ask();

    /// <summary>Whether the register could not be looked at: all targets that live here have failed.</summary>
    public bool HasFailed { get; set; }

    /// <summary>The targets that live here have to be measured (again).</summary>
    public bool IsNew { get; set; } = true;
}
