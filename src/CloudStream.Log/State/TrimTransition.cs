using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>The head of a log goes, or all of it.</summary>
internal static class TrimTransition
{
    public static ShardState Apply(ShardState state, TrimEntry trim)
    {
        if (!state.Partitions.TryGetValue(trim.Slot, out var partition))
            return state;
        var start = Math.Min(trim.NewLogStartOffset, partition.EndOffset);
        if (start <= partition.LogStartOffset)
            return state;
        var trash = state.Trash.AddRange(trim.DeadInPages.Select(o => new TrashItem(TrashKind.Object, o, state.Version, trim.AtMs)));
        var pages = 0;
        while (pages < partition.Pages.Length && partition.Pages[pages].EndOffset <= start)
        {
            // The objects that it lists were named by this entry or an earlier one; a page of pages goes with its whole tree.
            var page = partition.Pages[pages++];
            trash = trash.Add(new TrashItem(page.Level == 0 ? TrashKind.Object : TrashKind.PageTree, page.Page, state.Version, trim.AtMs));
        }

        var count = partition.FindRecent(start);
        var next = DropRecent(state with { Trash = trash }, partition, count, trim.AtMs, out var bytes);
        partition = partition with
        {
            LogStartOffset = start,
            Pages = partition.Pages.RemoveRange(0, pages),
            Recent = partition.Recent.RemoveRange(0, count),
            Losses = partition.Losses.RemoveAll(l => l.EndOffset <= start),
            Bytes = partition.Bytes - bytes - partition.Pages.Take(pages).Sum(p => p.Bytes),
        };
        return next with { Partitions = next.Partitions.SetItem(trim.Slot, partition) };
    }

    public static ShardState ApplyDeleted(ShardState state, PartitionDeletedEntry deleted)
    {
        if (state.Find(deleted.Partition) is not { } partition)
            return state;
        var trash = state.Trash.AddRange(
            partition.Pages.Select(p => new TrashItem(TrashKind.PageTree, p.Page, state.Version, deleted.AtMs)));
        var next = DropRecent(state with { Trash = trash }, partition, partition.Recent.Count, deleted.AtMs, out _);
        return next with { Partitions = next.Partitions.Remove(partition.Slot), Slots = next.Slots.Remove(partition.Id) };
    }

    private static ShardState DropRecent(ShardState state, PartitionState partition, int count, long atMs, out long bytes)
    {
        var (objects, trash) = (state.Objects, state.Trash);
        bytes = 0;
        for (var i = 0; i < count; i++)
        {
            var slice = partition.Recent[i];
            bytes += slice.Bytes;
            (objects, var died) = ShardTransition.Drop(objects, slice.Object);
            if (died && slice.Object.Kind != ObjectKind.Slot)
                trash = trash.Add(new TrashItem(TrashKind.Object, slice.Object, state.Version, atMs));
        }

        return state with { Objects = objects, Trash = trash };
    }
}
