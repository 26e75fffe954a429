using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.State;

/// <summary>
/// Applies entries to a shard's state: deterministic, no I/O, no clock. Every process that applies the same entries gets the same state, so
/// offsets, duplicates and refusals need not be written down.
/// </summary>
public static class ShardTransition
{
    /// <summary>
    /// The state after <paramref name="entry"/>, which belongs to the commit that makes <paramref name="version"/>.
    /// </summary>
    /// <param name="state">The state before; of version <paramref name="version"/> already when an earlier entry belongs to the same
    /// commit.</param>
    /// <param name="version">The version of the commit.</param>
    /// <param name="entry">The change.</param>
    /// <param name="items">For a <see cref="FlushEntry"/> whose items are not inline: those of the object's directory.</param>
    /// <param name="outcomes">Receives one outcome for each item of a flush; null when nobody wants to know.</param>
    public static ShardState Apply(
        ShardState state, long version, Entry entry, ImmutableArray<SegmentItem> items = default, ICollection<ItemOutcome>? outcomes = null)
    {
        state = state with { Version = version, LastMs = Math.Max(state.LastMs, entry.AtMs) };
        return entry switch
        {
            FlushEntry flush => FlushTransition.Apply(state, flush, flush.Pointer is null ? flush.Items : items, outcomes),
            InlineFlushEntry flush => FlushTransition.Apply(state, flush, outcomes),
            MergeEntry merge => MergeTransition.Apply(state, merge),
            PageEntry page => PageTransition.Apply(state, page),
            TrimEntry trim => TrimTransition.Apply(state, trim),
            HolderEntry holder => ApplyHolder(state, holder),
            PartitionCreatedEntry created => ApplyCreated(state, created),
            PartitionDeletedEntry deleted => TrimTransition.ApplyDeleted(state, deleted),
            CheckpointEntry checkpoint => SpillTransition.Apply(state, checkpoint),
            HorizonEntry horizon => state with { Horizon = Math.Max(state.Horizon, horizon.Horizon) },
            TrashEmptiedEntry emptied => ApplyTrashEmptied(state, emptied),
            ProducersExpiredEntry expired => ApplyExpired(state, expired),
            LossAcceptedEntry loss => LossTransition.Apply(state, loss),
            GroupsEntry groups => GroupTransition.Apply(state, groups),
            ObjectEntry { Content: { } content } large => ApplyLarge(state, version, large, content),
            _ => throw new ArgumentException($"unknown entry {entry.GetType().Name}", nameof(entry)),
        };
    }

    // An epoch that is not the next one was decided on a state that has passed; the planner never commits such an entry.
    private static ShardState ApplyHolder(ShardState state, HolderEntry holder) =>
        holder.Holder is null
            ? holder.Epoch == state.Epoch ? state with { Holder = null } : state
            : holder.Epoch == state.Epoch + 1 ? state with { Epoch = holder.Epoch, Holder = holder.Holder } : state;

    private static ShardState ApplyCreated(ShardState state, PartitionCreatedEntry created)
    {
        if (state.Slots.ContainsKey(created.Partition))
            return state;
        var slot = state.NextSlot;
        return state with
        {
            NextSlot = slot + 1,
            Slots = state.Slots.Add(created.Partition, slot),
            Partitions = state.Partitions.Add(slot, new PartitionState { Slot = slot, Id = created.Partition }),
        };
    }

    private static ShardState ApplyTrashEmptied(ShardState state, TrashEmptiedEntry emptied) =>
        emptied.Count > 0 && emptied.Count <= state.Trash.Count && state.Trash[emptied.Count - 1].Object == emptied.Last
            ? state with { Trash = state.Trash.RemoveRange(0, emptied.Count) }
            : state;

    private static ShardState ApplyLarge(ShardState state, long version, ObjectEntry large, Entry content)
    {
        state = Apply(state, version, content);
        return state with { Trash = state.Trash.Add(new TrashItem(TrashKind.Object, large.Object, version, large.AtMs)) };
    }

    private static ShardState ApplyExpired(ShardState state, ProducersExpiredEntry expired)
    {
        var partitions = state.Partitions;
        foreach (var (slot, partition) in state.Partitions)
        {
            var idle = partition.Producers.Where(p => p.Value.LastMs < expired.BeforeMs).Select(p => p.Key).ToArray();
            if (idle.Length > 0)
                partitions = partitions.SetItem(slot, partition with { Producers = partition.Producers.RemoveRange(idle) });
        }

        return state with { Partitions = partitions };
    }

    /// <summary>
    /// A slice leaves the recent list: its object loses a live slice and becomes trash with the last one, unless it is a slot.
    /// </summary>
    internal static (ImmutableDictionary<ObjectRef, LiveObject> Objects, bool Died) Drop(
        ImmutableDictionary<ObjectRef, LiveObject> objects, ObjectRef reference)
    {
        var live = objects[reference];
        return live.LiveSlices == 1
            ? (objects.Remove(reference), true)
            : (objects.SetItem(reference, live with { LiveSlices = live.LiveSlices - 1 }), false);
    }
}
