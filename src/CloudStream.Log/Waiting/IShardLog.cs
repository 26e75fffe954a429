using CloudStream.Log.Flushes;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Log.Waiting;

/// <summary>What the read path needs of a shard. Thread-safe.</summary>
internal interface IShardLog
{
    /// <summary>The shard's number.</summary>
    int Number { get; }

    /// <summary>The newest committed state that this process knows. It only moves forward.</summary>
    ShardState State { get; }

    /// <summary>Why nothing is known of the shard; null when its register has been read.</summary>
    StoreException? Unreadable { get; }

    /// <summary>Recent flushes of this process.</summary>
    TailMemory Tail { get; }

    /// <summary>
    /// The newest commit that another process is known to have made since this one began to follow; 0 for none. It says how often to look
    /// for more; nothing that is answered rests on it.
    /// </summary>
    long NewestOfOthers { get; }

    /// <summary>Raised when <see cref="State"/> moves, right after it has; there is another one for the next time by then.</summary>
    ChangeSignal Changes { get; }

    /// <summary>A question about the log's frontiers begins; what this returns is handed to <see cref="ProveAsync"/>.</summary>
    long Ask();

    /// <summary>Whether <see cref="State"/> is proven to be at least as new as the register was when the question was asked.</summary>
    bool IsProven(long question);

    /// <summary>
    /// Looks at the register unless that has been done, or something has been committed from here, since the question was asked. Calls at
    /// the same time share a look.
    /// </summary>
    /// <exception cref="StoreException">The register cannot be read now.</exception>
    ValueTask ProveAsync(long question, CancellationToken cancellationToken);

    /// <summary>
    /// A strong read: the state returned is at least as new as the register when the call began. Calls at the same time share a read.
    /// </summary>
    /// <exception cref="StoreException">The register cannot be read now.</exception>
    ValueTask<ShardState> RefreshAsync(CancellationToken cancellationToken);
}
