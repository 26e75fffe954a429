using System.Collections.Immutable;
using CloudStream.Log.Entries;

namespace CloudStream.Log.State;

/// <summary>What an index page holds. Immutable, as the object that it comes from.</summary>
/// <param name="Shard">The shard that wrote it.</param>
/// <param name="Slot">The partition that it describes.</param>
/// <param name="Level">0: the page lists <paramref name="Slices"/>; n: it lists <paramref name="Pages"/> of level n-1.</param>
/// <param name="Slices">Slices in offset order without gaps; empty above level 0.</param>
/// <param name="Pages">Pages in offset order without gaps; empty at level 0.</param>
internal sealed record IndexPage(int Shard, int Slot, int Level, ImmutableArray<Slice> Slices, ImmutableArray<PageRef> Pages)
{
    /// <summary>A page of slices.</summary>
    public static IndexPage OfSlices(int shard, int slot, ImmutableArray<Slice> slices) => new(shard, slot, 0, slices, []);

    /// <summary>A page of pages, one level above theirs.</summary>
    public static IndexPage OfPages(int shard, int slot, ImmutableArray<PageRef> pages) => new(shard, slot, pages[0].Level + 1, [], pages);

    /// <summary>The reference that names this page once it is stored as <paramref name="page"/>.</summary>
    public PageRef ToRef(Storage.Objects.ObjectRef page) => Level == 0
        ? new PageRef(page, 0, Slices[0].BaseOffset, Slices[^1].EndOffset, Slices.Max(s => s.MaxTimestamp), Slices.Sum(s => s.Bytes))
        : new PageRef(page, Level, Pages[0].BaseOffset, Pages[^1].EndOffset, Pages.Max(p => p.MaxTimestamp), Pages.Sum(p => p.Bytes));
}
