using CloudStream.Log.Cache;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Index;

/// <summary>
/// Finds the slice that holds an offset, or the first one that may hold a record of some time: in the recent slices of the state, or by
/// descending index pages. Pages are cached. Thread-safe.
/// </summary>
internal sealed class IndexPageReader(BlockCache cache)
{
    /// <summary>
    /// The first slice that ends after <paramref name="offset"/> and whose largest timestamp is at least <paramref name="timestamp"/>
    /// (<see cref="long.MinValue"/> for any).
    /// </summary>
    /// <returns>The slice, null when there is none; or why it cannot be known.</returns>
    public ValueTask<SliceOutcome> FindAsync(
        int shard, PartitionState partition, long offset, long timestamp, CancellationToken cancellationToken) =>
            partition.Pages.IsEmpty || offset >= partition.Pages[^1].EndOffset
                ? new(new SliceOutcome(FindRecent(partition, offset, timestamp), null))
                : FindOldAsync(shard, partition, offset, timestamp, cancellationToken);

    /// <summary>A page by its reference; the caller releases the block.</summary>
    public ValueTask<LoadOutcome> GetPageAsync(int shard, int slot, PageRef reference, CancellationToken cancellationToken)
    {
        var key = new BlockKey(shard, reference.Page, 0);
        return cache.TryGet(key, 0, out var block)
            ? new(new LoadOutcome(block, null))
            : cache.GetAsync(new PageRequest(key, slot, reference), 0, cancellationToken);
    }

    private static Slice? FindRecent(PartitionState partition, long offset, long timestamp)
    {
        for (var i = partition.FindRecent(offset); i < partition.Recent.Count; i++)
        {
            if (partition.Recent[i] is { } slice && slice.MaxTimestamp >= timestamp)
                return slice;
        }

        return null;
    }

    private async ValueTask<SliceOutcome> FindOldAsync(
        int shard, PartitionState partition, long offset, long timestamp, CancellationToken cancellationToken)
    {
        for (var i = FirstAfter(partition.Pages.AsSpan(), offset); i < partition.Pages.Length; i++)
        {
            if (partition.Pages[i].MaxTimestamp < timestamp)
                continue;
            var found = await DescendAsync(shard, partition.Slot, partition.Pages[i], offset, timestamp, cancellationToken);
            if (found.Slice is not null || found.Failure is not null)
                return found;
        }

        return new SliceOutcome(FindRecent(partition, offset, timestamp), null);
    }

    private async ValueTask<SliceOutcome> DescendAsync(
        int shard, int slot, PageRef reference, long offset, long timestamp, CancellationToken cancellationToken)
    {
        var outcome = await GetPageAsync(shard, slot, reference, cancellationToken);
        if (outcome.Failure is { } failure)
            return new SliceOutcome(null, failure)
            {
                Failed = new FailedBlock(new BlockKey(shard, reference.Page, 0), reference.BaseOffset, reference.EndOffset)
            };
        if (outcome.Block is not PageBlock block)
            return new SliceOutcome(null, new StoreException(StoreErrorKind.Corrupt, $"{reference} is no page"));
        try
        {
            var page = block.Page;
            if (page.Level == 0)
                return new SliceOutcome(FindIn(page.Slices.AsSpan(), offset, timestamp), null);
            for (var i = FirstAfter(page.Pages.AsSpan(), offset); i < page.Pages.Length; i++)
            {
                if (page.Pages[i].MaxTimestamp < timestamp)
                    continue;
                var found = await DescendAsync(shard, slot, page.Pages[i], offset, timestamp, cancellationToken);
                if (found.Slice is not null || found.Failure is not null)
                    return found;
            }

            return default;
        }
        finally
        {
            block.Release();
        }
    }

    private static Slice? FindIn(ReadOnlySpan<Slice> slices, long offset, long timestamp)
    {
        int low = 0, high = slices.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (slices[middle].EndOffset > offset)
                high = middle;
            else
                low = middle + 1;
        }

        while (low < slices.Length && slices[low].MaxTimestamp < timestamp)
            low++;
        return low < slices.Length ? slices[low] : null;
    }

    private static int FirstAfter(ReadOnlySpan<PageRef> pages, long offset)
    {
        var i = 0;
        while (i < pages.Length && pages[i].EndOffset <= offset)
            i++;
        return i;
    }
}
