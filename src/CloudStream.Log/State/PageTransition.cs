using System.Collections.Immutable;
using CloudStream.Log.Entries;

namespace CloudStream.Log.State;

/// <summary>
/// Old slices, or old pages, move out of the state into an index page. An entry that does not fit leaves the page as trash.
/// </summary>
internal static class PageTransition
{
    public static ShardState Apply(ShardState state, PageEntry entry)
    {
        return TryMove(state, entry) ?? state with
        {
            Trash = state.Trash.Add(new TrashItem(TrashKind.Object, entry.Page.Page, state.Version, entry.AtMs))
        };
    }

    /// <summary>Whether the page would take effect on this state.</summary>
    public static bool Fits(ShardState state, PageEntry entry) => TryMove(state, entry) is not null;

    private static ShardState? TryMove(ShardState state, PageEntry entry)
    {
        if (!state.Partitions.TryGetValue(entry.Slot, out var partition))
            return null;
        return entry.ReplacedPages > 0 ? MovePages(state, partition, entry) : MoveSlices(state, partition, entry.Page);
    }

    private static ShardState? MoveSlices(ShardState state, PartitionState partition, PageRef page)
    {
        var count = 0;
        var objects = state.Objects;
        while (count < partition.Recent.Count && partition.Recent[count].EndOffset <= page.EndOffset)
        {
            var slice = partition.Recent[count++];
            (objects, var died) = ShardTransition.Drop(objects, slice.Object);
            if (!died)
                return null; // Shared with another slice: a page may only list objects that die with their slice.
        }

        if (count == 0 || partition.Recent[0].BaseOffset != page.BaseOffset || partition.Recent[count - 1].EndOffset != page.EndOffset)
            return null;
        var moved = partition with { Recent = partition.Recent.RemoveRange(0, count), Pages = partition.Pages.Add(page) };
        return state with { Objects = objects, Partitions = state.Partitions.SetItem(partition.Slot, moved) };
    }

    // Pages of a level lie side by side, higher (older) levels first; the run to fold is found by its edges.
    private static ShardState? MovePages(ShardState state, PartitionState partition, PageEntry entry)
    {
        for (var first = 0; first + entry.ReplacedPages <= partition.Pages.Length; first++)
        {
            var last = first + entry.ReplacedPages - 1;
            if (partition.Pages[first].BaseOffset != entry.Page.BaseOffset || partition.Pages[last].EndOffset != entry.Page.EndOffset)
                continue;
            var pages = partition.Pages.RemoveRange(first, entry.ReplacedPages).Insert(first, entry.Page);
            return state with { Partitions = state.Partitions.SetItem(partition.Slot, partition with { Pages = pages }) };
        }

        return null;
    }
}
