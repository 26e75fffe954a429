using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.Chunks;
using CloudStream.Log.Entries;
using CloudStream.Log.Index;
using CloudStream.Log.Reading;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Positions;

/// <summary>
/// Finds records by time: the index says which slice, the directory which chunk, the headers which batch, and only that batch is decoded.
/// Thread-safe.
/// </summary>
internal sealed class TimestampSearch(IndexPageReader index, ChunkReader chunks, PartitionReader reader, BatchTimestamps batches)
{
    private static readonly OffsetResult s_none = new(ErrorCode.None);

    /// <summary>The first live record whose timestamp is at least <paramref name="timestamp"/>.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="partition">The partition in its newest state.</param>
    /// <param name="timestamp">Milliseconds since the Unix epoch.</param>
    /// <param name="maxBytes">Most bytes that a batch may decompress to; one that holds more is not looked into, and that is the
    /// answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<OffsetOutcome> FindFirstAsync(
        IShardLog shard, PartitionState partition, long timestamp, int maxBytes, CancellationToken cancellationToken)
    {
        var offset = partition.LogStartOffset;
        while (true)
        {
            var found = await index.FindAsync(shard.Number, partition, offset, timestamp, cancellationToken);
            if (found.Slice is not { } slice)
            {
                // An index page that was given up is passed over, too.
                var failed = Math.Max(offset, found.Failed.BaseOffset);
                offset = partition.SkipLosses(failed);
                if (found.Failure is null || offset == failed)
                    return new(s_none, found.Failure);
                continue;
            }

            var start = Math.Max(offset, slice.BaseOffset);
            if (partition.SkipLosses(start) is var beyond && beyond > start)
            {
                offset = beyond;
                continue;
            }

            var located = await chunks.LocateAsync(shard.Number, slice, start, timestamp, cancellationToken);
            if (located.Failure is not null)
                return new(s_none, located.Failure);
            if (located.Location.EndOffset == 0)
            {
                offset = slice.EndOffset;
                continue;
            }

            start = Math.Max(start, located.Location.BaseOffset);
            if (partition.SkipLosses(start) is var further && further > start)
            {
                offset = further;
                continue;
            }

            using var pieces = new FetchPieces(start, long.MaxValue);
            if (await reader.CollectAsync(shard, partition, slice, pieces, aheadBytes: 0, cancellationToken) is { } failure)
                return new(s_none, failure);
            if (await batches.FindFirstAsync(pieces.Pieces, timestamp, partition.LogStartOffset, maxBytes, cancellationToken) is { } result)
                return new(result, null);

            // The largest timestamp belonged to a record below the log start.
            offset = pieces.NextOffset;
        }
    }

    /// <summary>The first live record with the largest timestamp.</summary>
    public async ValueTask<OffsetOutcome> FindLargestAsync(
        IShardLog shard, PartitionState partition, int maxBytes, CancellationToken cancellationToken)
    {
        var (largest, failure) = await LargestAsync(shard, partition, maxBytes, cancellationToken);
        if (failure is not null || largest < 0)
            return new(s_none, failure);
        return await FindFirstAsync(shard, partition, largest, maxBytes, cancellationToken);
    }

    // What the state and pages say counts, except for what reaches below the log start: there the live part must be looked at.
    private async ValueTask<(long Largest, StoreException? Failure)> LargestAsync(
        IShardLog shard, PartitionState partition, int maxBytes, CancellationToken cancellationToken)
    {
        var largest = -1L;
        foreach (var page in partition.Pages)
        {
            var (inPage, failure) = await LargestAsync(shard, partition, page, maxBytes, cancellationToken);
            if (failure is not null)
                return (-1, failure);
            largest = Math.Max(largest, inPage);
        }

        foreach (var slice in partition.Recent)
        {
            var (inSlice, failure) = await LargestAsync(shard, partition, slice, maxBytes, cancellationToken);
            if (failure is not null)
                return (-1, failure);
            largest = Math.Max(largest, inSlice);
        }

        return (largest, null);
    }

    private async ValueTask<(long Largest, StoreException? Failure)> LargestAsync(
        IShardLog shard, PartitionState partition, PageRef page, int maxBytes, CancellationToken cancellationToken)
    {
        if (page.EndOffset <= partition.LogStartOffset)
            return (-1, null);
        if (partition.SkipLosses(Math.Max(page.BaseOffset, partition.LogStartOffset)) >= page.EndOffset)
            return (-1, null);
        if (page.BaseOffset >= partition.LogStartOffset && !partition.HasLossIn(page.BaseOffset, page.EndOffset))
            return (page.MaxTimestamp, null);
        var loaded = await index.GetPageAsync(shard.Number, partition.Slot, page, cancellationToken);
        if (loaded.Block is not PageBlock block)
            return (-1, loaded.Failure);
        try
        {
            // The same question, one level down: what this page lists instead of what the state lists.
            return await LargestAsync(shard, partition with { Pages = block.Page.Pages, Recent = [.. block.Page.Slices] }, maxBytes,
                cancellationToken);
        }
        finally
        {
            block.Release();
        }
    }

    private async ValueTask<(long Largest, StoreException? Failure)> LargestAsync(
        IShardLog shard, PartitionState partition, Slice slice, int maxBytes, CancellationToken cancellationToken)
    {
        if (slice.EndOffset <= partition.LogStartOffset)
            return (-1, null);
        if (slice.BaseOffset >= partition.LogStartOffset && !partition.HasLossIn(slice.BaseOffset, slice.EndOffset))
            return (slice.MaxTimestamp, null);
        var largest = -1L;
        for (var offset = Math.Max(slice.BaseOffset, partition.LogStartOffset);
            (offset = partition.SkipLosses(offset)) < slice.EndOffset;)
        {
            using var pieces = new FetchPieces(offset, long.MaxValue);
            if (await reader.CollectAsync(shard, partition, slice, pieces, aheadBytes: 0, cancellationToken) is { } failure)
                return (-1, failure);
            largest = Math.Max(largest, await batches.LargestAsync(pieces.Pieces, partition.LogStartOffset, maxBytes, cancellationToken));
            offset = pieces.NextOffset;
        }

        return (largest, null);
    }
}
