using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// What upkeep needs of a shard. A seam: tests race several brokers over one journal through it. Thread-safe.
/// </summary>
internal interface IUpkeepShard
{
    /// <summary>The shard's number.</summary>
    int Number { get; }

    /// <summary>The newest committed state that this process knows.</summary>
    ShardState State { get; }

    /// <summary>
    /// Whether this broker holds the lease. Nothing here depends on it for safety; it only keeps brokers out of each other's way.
    /// </summary>
    bool IsHeld { get; }

    /// <summary>A fresh name, born at the version that this process knows now.</summary>
    ObjectRef NewObject(ObjectKind kind);

    /// <summary>Reads the journal again.</summary>
    ValueTask<ShardState> RefreshAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Commits what <paramref name="propose"/> makes of the state that the commit will be based on; null withdraws. It runs again after a
    /// conflict, so what it checks holds at the commit.
    /// </summary>
    ValueTask<CommitOutcome> SubmitAsync(Func<ShardState, Entry?> propose, CancellationToken cancellationToken);

    /// <summary>Asks for a checkpoint of the present state; a later commit swaps it in.</summary>
    ValueTask RequestCheckpointAsync(CancellationToken cancellationToken);
}
