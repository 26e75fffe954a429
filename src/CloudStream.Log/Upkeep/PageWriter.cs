using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Moves what is old out of the state: a partition's oldest final slices into a page, and pages of one level into a page of the next. So a
/// partition has a bounded number of slices and, per level, of pages. A crash between put and commit leaves an orphan for the sweep.
/// </summary>
internal sealed class PageWriter(IUpkeepShard shard, PageStore pages, BrokerRuntime runtime, UpkeepMetrics metrics, IndexSizes sizes)
{
    private readonly ILogger _log = runtime.Loggers.CreateLogger<PageWriter>();
    private ShardState? _idle;

    /// <summary>Writes the next page; false when none is due.</summary>
    public async ValueTask<bool> RunOnceAsync(IReadOnlySet<ObjectRef> damaged, CancellationToken cancellationToken)
    {
        var state = shard.State;
        if (ReferenceEquals(state, _idle))
            return false;
        foreach (var partition in state.Partitions.Values)
        {
            if (PlanSlices(state, partition, damaged, sizes) is { IsEmpty: false } slices)
                return await WriteAsync(IndexPage.OfSlices(shard.Number, partition.Slot, slices), cancellationToken);
            if (PlanFold(partition, sizes) is { IsEmpty: false } folded)
                return await WriteAsync(IndexPage.OfPages(shard.Number, partition.Slot, folded), cancellationToken);
        }

        _idle = state;
        return false;
    }

    /// <summary>The slices that the partition's next page lists; empty when none is due.</summary>
    public static ImmutableArray<Slice> PlanSlices(
        ShardState state, PartitionState partition, IReadOnlySet<ObjectRef> damaged, IndexSizes sizes)
    {
        if (partition.Recent.Count < sizes.PageDueSlices)
            return [];
        var finality = new SliceFinality(state.Objects, damaged, sizes);
        for (var i = 0; i < sizes.PageDueSlices; i++)
        {
            // A damaged object can never become anything else; if it is the slice's alone, a page may have it.
            var slice = partition.Recent[i];
            if (!finality.IsFinal(partition.Recent, i) && !(damaged.Contains(slice.Object) && finality.IsSingle(slice)))
                return [];
        }

        return [.. partition.Recent.Take(sizes.PageSlices)];
    }

    /// <summary>The oldest pages of a level that has enough of them side by side; empty when there is none.</summary>
    public static ImmutableArray<PageRef> PlanFold(PartitionState partition, IndexSizes sizes)
    {
        var pages = partition.Pages;
        for (int first = 0, end; first < pages.Length; first = end)
        {
            end = first + 1;
            while (end < pages.Length && pages[end].Level == pages[first].Level)
                end++;
            if (end - first >= sizes.FoldDuePages)
                return pages.Slice(first, sizes.FoldPages);
        }

        return [];
    }

    /// <summary>
    /// Whether the state still holds exactly what the page lists, so that the entry takes effect and nothing is forgotten.
    /// </summary>
    public static bool StillFits(ShardState state, IndexPage page, PageEntry entry)
    {
        if (!state.Partitions.TryGetValue(page.Slot, out var partition))
            return false;
        var isSame = page.Level == 0
            ? partition.Recent.Take(page.Slices.Length).SequenceEqual(page.Slices)
            : partition.Pages.SkipWhile(p => p != page.Pages[0]).Take(page.Pages.Length).SequenceEqual(page.Pages);
        return isSame && PageTransition.Fits(state, entry);
    }

    private async ValueTask<bool> WriteAsync(IndexPage page, CancellationToken cancellationToken)
    {
        var reference = shard.NewObject(ObjectKind.Page);
        await pages.PutAsync(reference, page, cancellationToken);
        var entry = new PageEntry(runtime.Time.GetUtcNow().ToUnixTimeMilliseconds(), page.Slot, page.ToRef(reference), page.Pages.Length);
        var outcome = await shard.SubmitAsync(now => StillFits(now, page, entry) ? entry : null, cancellationToken);
        metrics.PageWritten();
        UpkeepLog.Paged(_log, shard.Number, page.Level, page.Slot, entry.Page.BaseOffset, entry.Page.EndOffset, outcome.Result);
        return outcome.Result == CommitResult.Applied;
    }
}
