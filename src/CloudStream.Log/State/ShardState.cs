using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// Everything that is committed about one shard as of one register version: a pure function of (checkpoint, entries, directories).
/// Immutable, so readers use a snapshot without locks. Changes only in <see cref="ShardTransition"/>.
/// </summary>
public sealed record ShardState
{
    /// <summary>How many ids of object-bearing commits are remembered, to settle lost replies.</summary>
    public const int MaxRecentCommits = 128;

    /// <summary>The shard's number.</summary>
    public required int Shard { get; init; }

    /// <summary>The register version that this state belongs to; 0 before the register exists.</summary>
    public long Version { get; init; }

    /// <summary>Orders lease holders; 0 before the first one. Leader epoch of the partitions.</summary>
    public int Epoch { get; init; }

    /// <summary>Who holds the lease (a broker's incarnation); null when nobody does.</summary>
    public string? Holder { get; init; }

    /// <summary>
    /// Objects born before this version and referenced by nothing are void: they are being deleted and may never be committed.
    /// </summary>
    public long Horizon { get; init; }

    /// <summary>The newest checkpoint that has been swapped in; null before the first one.</summary>
    public ObjectRef? Checkpoint { get; init; }

    /// <summary>The version whose state that checkpoint holds.</summary>
    public long CheckpointVersion { get; init; }

    /// <summary>The slot that the next new partition gets. Slots are never reused.</summary>
    public int NextSlot { get; init; }

    /// <summary>The sequence that the next object gets.</summary>
    public long NextSequence { get; init; }

    /// <summary>Version of the last commit by a writer without the lease; 0 for never. Readers poll while this is recent.</summary>
    public long LeaselessVersion { get; init; }

    /// <summary>Writer's clock at the last entry, milliseconds; information only.</summary>
    public long LastMs { get; init; }

    /// <summary>Partitions by slot.</summary>
    public ImmutableSortedDictionary<int, PartitionState> Partitions { get; init; } = ImmutableSortedDictionary<int, PartitionState>.Empty;

    /// <summary>Slots by partition.</summary>
    public ImmutableDictionary<PartitionId, int> Slots { get; init; } = ImmutableDictionary<PartitionId, int>.Empty;

    /// <summary>Segment objects that recent slices lie in.</summary>
    public ImmutableDictionary<ObjectRef, LiveObject> Objects { get; init; } = ImmutableDictionary<ObjectRef, LiveObject>.Empty;

    /// <summary>What waits for deletion, oldest first.</summary>
    public ImmutableList<TrashItem> Trash { get; init; } = [];

    /// <summary>Ids of the newest object-bearing commits, oldest first.</summary>
    public ImmutableList<CommittedId> RecentCommits { get; init; } = [];

    /// <summary>Every object-bearing commit with a version above this is in <see cref="RecentCommits"/>.</summary>
    public long CommitsKnownSince { get; init; }

    /// <summary>A shard without a register yet.</summary>
    public static ShardState Empty(int shard) => new() { Shard = shard };

    /// <summary>The partition, or null when the shard has none of this id.</summary>
    public PartitionState? Find(PartitionId id) => Slots.TryGetValue(id, out var slot) ? Partitions[slot] : null;

    /// <summary>Whether a flush or merge with this id is known to be committed.</summary>
    public bool HasCommitted(ulong id)
    {
        for (var i = RecentCommits.Count - 1; i >= 0; i--)
        {
            if (RecentCommits[i].Id == id)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether a commit attempted on top of <paramref name="expectedVersion"/> that is not in <see cref="RecentCommits"/> is proven not to
    /// have happened: the register has moved past it, so it can no longer succeed, and the remembered ids reach back to it.
    /// </summary>
    public bool ProvesUncommitted(long expectedVersion) => Version > expectedVersion && expectedVersion >= CommitsKnownSince;
}
