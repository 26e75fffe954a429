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
        var (started, question, state) = (time.GetTimestamp(), shard.Ask(), shard.State);
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
                    return FetchFailure.Outside(partition, offset, state.Epoch);

                // 2. Collect, once there is room for it.
                var wanted = isDue ? partition!.AvailableFrom(offset, fetch.MaxBytes) : 0;
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
            return FetchFailure.Unproven(shard, failure, offset);
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
                    : (FetchFailure.Failed(shard, partition.Id, failure, offset, pieces.Failed, damage), false);
            }

            if (mayWait && failure is null && pieces.Bytes < Math.Min(fetch.MinBytes, fetch.MaxBytes))
                return (null, false);
            isTaken = true;
            return (pieces.ToResult(shard, partition), false);
        }
        finally
        {
            if (!isTaken)
                pieces.Dispose();
        }
    }

    // Whether it is worth collecting.
    private static bool Holds(PartitionState partition, long offset, long bytes) =>
        bytes <= 0 || partition.AvailableFrom(offset, bytes) >= bytes;

    // What was found may be more than what was asked for, by its first batch.
    private static FetchResult Held(FetchResult result, TransferLease? room)
    {
        if (room is not null && (room.Bytes > 0 || result.Bytes > TransferBudget.SmallBytes))
            result.Hold(room.Split(result.Bytes));
        return result;
    }
}
