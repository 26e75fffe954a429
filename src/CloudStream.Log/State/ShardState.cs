using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// Everything that is committed about one shard as of one version of its journal: a pure function of (checkpoint, entries, directories).
/// Immutable, so readers use a snapshot without locks. Changes only in <see cref="ShardTransition"/>.
/// </summary>
public sealed record ShardState
{
    /// <summary>No groups, in the order in which they are stored.</summary>
    public static ImmutableSortedDictionary<string, StoredGroup> NoGroups { get; } =
        ImmutableSortedDictionary.Create<string, StoredGroup>(StringComparer.Ordinal);

    /// <summary>The shard's number.</summary>
    public required int Shard { get; init; }

    /// <summary>The newest commit that is in it; 0 before the first one.</summary>
    public long Version { get; init; }

    /// <summary>Orders lease holders; 0 before the first one.</summary>
    public int Epoch { get; init; }

    /// <summary>
    /// The partitions' leader epoch, as Kafka clients see it: how often the cluster has been restored. Each slice carries the one it was
    /// committed under. Leases never change it, so that all brokers answer the same.
    /// </summary>
    public int LeaderEpoch { get; init; }

    /// <summary>Who holds the lease (a broker's incarnation); null when nobody does.</summary>
    public string? Holder { get; init; }

    /// <summary>
    /// Objects born before this version and referenced by nothing are void: they are being deleted and may never be committed.
    /// </summary>
    public long Horizon { get; init; }

    /// <summary>The newest checkpoint that has been put into use; null before the first one.</summary>
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

    /// <summary>Flushes whose records lie in slots of commits that no checkpoint in use covers, oldest first.</summary>
    public ImmutableList<InlineFlush> Inline { get; init; } = [];

    /// <summary>In a checkpoint: where the records of <see cref="Inline"/> lie.</summary>
    public SpillRef? Spill { get; init; }

    /// <summary>Of a coordinator shard: groups by name.</summary>
    public ImmutableSortedDictionary<string, StoredGroup> Groups { get; init; } = NoGroups;

    /// <summary>
    /// Of a coordinator shard: how many offsets were ever committed by the groups of each virtual partition of
    /// <c>__consumer_offsets</c>, so that the topic can be read one day. Empty before the first one.
    /// </summary>
    public ImmutableArray<long> OffsetsTopicEnds { get; init; } = [];

    /// <summary>What waits for deletion, oldest first.</summary>
    public ImmutableList<TrashItem> Trash { get; init; } = [];

    /// <summary>A shard to which nothing was committed yet.</summary>
    public static ShardState Empty(int shard) => new() { Shard = shard };

    /// <summary>The partition, or null when the shard has none of this id.</summary>
    public PartitionState? Find(PartitionId id) => Slots.TryGetValue(id, out var slot) ? Partitions[slot] : null;
}
