using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Reading;

/// <summary>One fetch from beginning to end: is the offset in the log, is there enough to return, wait, collect. Thread-safe.</summary>
internal sealed class FetchReader(LogOptions options, TimeProvider time, PartitionReader reader, EndOfLogWait wait, DamageReporter damage)
{
    private const int MaxRefreshes = 3;

    /// <summary>Fetches whole batches from the one that contains <paramref name="offset"/>.</summary>
    public async ValueTask<FetchResult> FetchAsync(
        IShardLog shard, PartitionId id, long offset, FetchOptions fetch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (started, question) = (time.GetTimestamp(), shard.Ask());
        var state = shard.State;
        var refreshes = 0;
        using var room = fetch.Room?.Open();
        try
        {
            while (true)
            {
                // 1. Is there something to say, or no more time? Every answer carries the log's frontiers, which another broker may have
                // shown further on, whoever holds the lease: so none is given before the state is proven newer than the question.
                var partition = state.Find(id);
                var isInside = partition is not null && offset >= partition.LogStartOffset && offset <= partition.EndOffset;
                var left = fetch.MaxWait - time.GetElapsedTime(started);
                var isDue = !isInside || left <= TimeSpan.Zero || Holds(partition!, offset, Math.Min(fetch.MinBytes, fetch.MaxBytes));
                if (isDue && !shard.IsProven(question))
                {
                    await wait.ProveAsync(shard, question, cancellationToken);
                    state = shard.State;
                    continue;
                }

                if (!isInside)
                    return Outside(partition, offset, state.Epoch);

                // 2. Collect, once there is room for it; what is there may have moved meanwhile.
                var wanted = isDue ? Available(partition!, offset, fetch.MaxBytes) : 0;
                if (room?.TryTake(wanted) == false)
                {
                    await room.TakeAsync(wanted, cancellationToken);
                    state = shard.State;
                    continue;
                }

                if (isDue)
                {
                    var (result, isIndexStale) = await CollectAsync(
                        shard, partition!, offset, fetch, left > TimeSpan.Zero, refreshes, cancellationToken);
                    if (result is not null)
                        return Held(result, room);
                    if (isIndexStale)
                    {
                        refreshes++;
                        state = await wait.RefreshAsync(shard, cancellationToken);
                        continue;
                    }
                }

                // 3. Wait for the next commit.
                room?.Shrink(0);
                await wait.WaitAsync(shard, state, left, cancellationToken);
                state = shard.State;
            }
        }
        catch (StoreException failure)
        {
            // The register; what fails while objects are read is a value.
            return Unproven(shard, failure, offset);
        }
    }

    // No result: wait for more, or (a missing object: the index has moved on) look again with a new index.
    private async ValueTask<(FetchResult? Result, bool IsIndexStale)> CollectAsync(
        IShardLog shard, PartitionState partition, long offset, FetchOptions fetch, bool mayWait, int refreshes,
        CancellationToken cancellationToken)
    {
        var pieces = new FetchPieces(offset, fetch.MaxBytes) { EnoughBytes = fetch.EnoughBytes(fetch.MaxBytes) };
        var isTaken = false;
        try
        {
            var failure = await reader.CollectAsync(
                shard, partition, pieces, fetch.AheadBytes(fetch.MaxBytes, options.CacheBytes), cancellationToken);
            if (failure is not null && pieces.Bytes == 0)
            {
                return failure.Kind == StoreErrorKind.NotFound && refreshes < MaxRefreshes
                    ? (null, true)
                    : (Failed(shard, partition.Id, failure, offset, pieces.Failed, damage), false);
            }

            if (mayWait && failure is null && pieces.Bytes < Math.Min(fetch.MinBytes, fetch.MaxBytes))
                return (null, false);
            isTaken = true;
            return (Found(shard, partition, pieces), false);
        }
        finally
        {
            if (!isTaken)
                pieces.Dispose();
        }
    }

    // Whether it is worth collecting.
    private static bool Holds(PartitionState partition, long offset, long bytes) =>
        bytes <= 0 || Available(partition, offset, bytes) >= bytes;

    // An upper bound by whole slices; those that only pages describe count as plenty.
    private static long Available(PartitionState partition, long offset, long most)
    {
        offset = partition.SkipLosses(offset);
        if (offset < partition.RecentBaseOffset)
            return most;
        var bytes = 0L;
        for (var i = partition.FindRecent(offset); bytes < most && i < partition.Recent.Count; i++)
            bytes += partition.Recent[i].Bytes;
        return Math.Min(bytes, most);
    }

    // What was found may be more than what was asked for, by its first batch.
    private static FetchResult Held(FetchResult result, TransferLease? room)
    {
        if (room is not null && (room.Bytes > 0 || result.Bytes > TransferBudget.SmallBytes))
            result.Hold(room.Split(result.Bytes));
        return result;
    }

    /// <summary>
    /// What was collected. Frontiers come from the newest state: a fetch that took long must not show a high watermark that others have
    /// seen pass.
    /// </summary>
    internal static FetchResult Found(IShardLog shard, PartitionState partition, FetchPieces pieces)
    {
        var state = shard.State;
        var now = state.Find(partition.Id) ?? partition;
        return new FetchResult(ErrorCode.None, pieces.Pieces, pieces.Bytes, pieces)
        {
            NextOffset = pieces.NextOffset,
            HighWatermark = now.EndOffset,
            LastStableOffset = now.EndOffset,
            LogStartOffset = now.LogStartOffset,
            LeaderEpoch = state.Epoch,
        };
    }

    /// <summary>Why nothing was found with the newest index.</summary>
    internal static FetchResult Failed(
        IShardLog shard, PartitionId id, StoreException failure, long offset, FailedBlock failed, DamageReporter damage)
    {
        if (failure.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
            return damage.Report(shard, id, failure, failed);
        var state = shard.State;
        var known = state.Find(id);
        return FetchResult.Failed(
            FetchFailure.CodeOf(failure), FetchFailure.Describe(failure, offset), known?.EndOffset ?? -1, known?.LogStartOffset ?? -1,
            state.Epoch);
    }

    /// <summary>The register could not be looked at: nothing is said about the frontiers.</summary>
    internal static FetchResult Unproven(IShardLog shard, StoreException failure, long offset) =>
        FetchResult.Failed(FetchFailure.CodeOf(shard, failure), FetchFailure.Describe(shard, failure, offset));

    internal static FetchResult Outside(PartitionState? partition, long offset, int epoch) => partition is null
        ? FetchResult.Failed(ErrorCode.UnknownPartition, "There is no such partition.")
        : FetchResult.Failed(
            ErrorCode.OffsetOutOfRange,
            $"Offset {offset} is outside the log, which begins at {partition.LogStartOffset} and ends at {partition.EndOffset}.",
            partition.EndOffset,
            partition.LogStartOffset,
            epoch);
}
