using System.Runtime.ExceptionServices;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Reading;

/// <summary>
/// One fetch from beginning to end: are the offsets in their logs, is there enough to return, wait, collect; with one wait, one minimum and
/// one maximum for all of its partitions. A commit wakes it once for each of its shards and it looks again only at the partitions of that
/// shard. Thread-safe.
/// </summary>
internal sealed class FetchReader(LogOptions options, TimeProvider time, PartitionReader reader, EndOfLogWait wait, DamageReporter damage)
{
    private const int MaxRefreshes = 3;

    /// <summary>Fills in every target's result, and gives all of them.</summary>
    public async ValueTask<FetchResult[]> FetchAsync(FetchTarget[] targets, FetchOptions fetch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = time.GetTimestamp();
        var watches = Watch(targets);
        var isDone = false;
        TransferLease? room = null;
        try
        {
            while (true)
            {
                // 1. What is there? Measured shard by shard, those that moved since the last round only.
                foreach (var watch in watches)
                    await MeasureAsync(watch, targets, cancellationToken);

                // 2. Collect when there may be enough, or there is nothing to wait for, and there is room for it.
                var left = fetch.MaxWait - time.GetElapsedTime(started);
                if (left <= TimeSpan.Zero || watches.Count == 0 || IsEnough(targets, fetch))
                {
                    if (await ProveAsync(watches, targets, cancellationToken))
                        continue;
                    var wanted = Wanted(targets, fetch);
                    if (wanted > TransferBudget.SmallBytes && (room ??= fetch.Room?.Open())?.TryTake(wanted) == false)
                    {
                        await room!.TakeAsync(wanted, cancellationToken);
                        foreach (var watch in watches)
                            Look(watch);
                        continue;
                    }

                    var bytes = await CollectAsync(targets, watches, fetch, cancellationToken);
                    isDone = left <= TimeSpan.Zero || watches.Count == 0 || bytes >= Math.Min(fetch.MinBytes, fetch.MaxBytes)
                        || Array.Exists(targets, t => t.IsFailed);
                    if (isDone)
                    {
                        if (room is not null || bytes > TransferBudget.SmallBytes)
                            Hold(targets, room ??= fetch.Room?.Open());
                        return Array.ConvertAll(targets, static t => t.Result!);
                    }

                    Discard(targets);
                    room?.Shrink(0);
                }

                // 3. Wait for the next commit to any of the shards.
                await WaitAsync(watches, targets, left, cancellationToken);
                foreach (var watch in watches)
                    Look(watch);
            }
        }
        finally
        {
            if (!isDone)
                Discard(targets);
            room?.Dispose();
        }
    }

    private static List<ShardWatch> Watch(FetchTarget[] targets)
    {
        var watches = new List<ShardWatch>(4);
        foreach (var target in targets)
        {
            if (target.Shard is { } shard && Find(watches, shard) is null)
                watches.Add(new ShardWatch(shard));
        }

        return watches;
    }

    // Asked for each partition of each fetch: no closure.
    private static ShardWatch? Find(List<ShardWatch> watches, IShardLog shard)
    {
        foreach (var watch in watches)
        {
            if (ReferenceEquals(watch.Shard, shard))
                return watch;
        }

        return null;
    }

    private async ValueTask WaitAsync(List<ShardWatch> watches, FetchTarget[] targets, TimeSpan left, CancellationToken cancellationToken)
    {
        if (await wait.WaitAsync(watches, left, cancellationToken) is var (watch, failure))
            Fail(watch, targets, failure);
    }

    private static void Look(ShardWatch watch)
    {
        var state = watch.Shard.State;
        watch.IsNew = state.Version != watch.State.Version;
        watch.State = state;
    }

    // Who wants no bytes gets the first batch all the same.
    private static void Measure(FetchTarget target, PartitionState partition) =>
        (target.Partition, target.Available) = (partition, partition.AvailableFrom(target.Offset, Math.Max(1, target.MaxBytes)));

    // Nothing is said about what lies outside the log before the state is proven newer than the question.
    private async ValueTask MeasureAsync(ShardWatch watch, FetchTarget[] targets, CancellationToken cancellationToken)
    {
        if (!watch.IsNew)
            return;
        if (!AreInside(watch, targets))
        {
            await ProveAsync(watch, targets, wait.ProveAsync(watch.Shard, watch.Question, cancellationToken));
            watch.State = watch.Shard.State;
        }

        watch.IsNew = false;
        if (watch.HasFailed)
            return;

        foreach (var target in targets)
        {
            if (!ReferenceEquals(target.Shard, watch.Shard))
                continue;
            var partition = watch.State.Find(target.Id);
            if (IsInside(partition, target.Offset))
                Measure(target, partition!);
            else
                target.Result = FetchFailure.Outside(partition, target.Offset, watch.State.LeaderEpoch);
        }
    }

    /// <summary>Nothing at all is said before that: every answer carries the log's frontiers. All shards are proven side by side.</summary>
    /// <returns>Whether a shard turned out to have moved: then what is there has to be measured again.</returns>
    private async ValueTask<bool> ProveAsync(List<ShardWatch> watches, FetchTarget[] targets, CancellationToken cancellationToken)
    {
        List<Task>? looks = null;
        foreach (var watch in watches)
        {
            var proof = watch.HasFailed ? ValueTask.CompletedTask : wait.ProveAsync(watch.Shard, watch.Question, cancellationToken);
            if (!proof.IsCompletedSuccessfully)
                (looks ??= []).Add(ProveAsync(watch, targets, proof));
        }

        if (looks is not null)
            await Task.WhenAll(looks); // None is left behind when one is cancelled.
        var hasMoved = false;
        foreach (var watch in watches)
        {
            Look(watch);
            hasMoved |= watch.IsNew && !watch.HasFailed;
        }

        return hasMoved;
    }

    private static async Task ProveAsync(ShardWatch watch, FetchTarget[] targets, ValueTask proof)
    {
        try
        {
            await proof;
        }
        catch (StoreException failure)
        {
            Fail(watch, targets, failure);
        }
    }

    private async ValueTask RefreshAsync(ShardWatch watch, CancellationToken cancellationToken)
    {
        watch.State = await wait.RefreshAsync(watch.Shard, cancellationToken);
    }

    private static bool AreInside(ShardWatch watch, FetchTarget[] targets)
    {
        foreach (var target in targets)
        {
            if (ReferenceEquals(target.Shard, watch.Shard) && !IsInside(watch.State.Find(target.Id), target.Offset))
                return false;
        }

        return true;
    }

    private static bool IsInside(PartitionState? partition, long offset) =>
        partition is not null && offset >= partition.LogStartOffset && offset <= partition.EndOffset;

    private static void Fail(ShardWatch watch, FetchTarget[] targets, StoreException failure)
    {
        watch.HasFailed = true;
        foreach (var target in targets)
        {
            if (ReferenceEquals(target.Shard, watch.Shard))
                target.Result = FetchFailure.Unproven(watch.Shard, failure, target.Offset);
        }
    }

    private static long Wanted(FetchTarget[] targets, FetchOptions fetch)
    {
        long bytes = 0;
        foreach (var target in targets)
            bytes += target.IsFailed ? 0 : target.Available;
        return Math.Min(bytes, fetch.MaxBytes);
    }

    // What was found may be more than what was asked for, by its first batch.
    private static void Hold(FetchTarget[] targets, TransferLease? room)
    {
        foreach (var target in targets)
        {
            if (room is not null && target.Result is { Bytes: > 0 } result)
                result.Hold(room.Split(result.Bytes));
        }
    }

    private static bool IsEnough(FetchTarget[] targets, FetchOptions fetch)
    {
        long bytes = 0;
        foreach (var target in targets)
        {
            if (target.IsFailed)
                return true;
            bytes += target.Available;
        }

        return bytes >= Math.Min(fetch.MinBytes, fetch.MaxBytes);
    }

    // What is in memory is collected at once; what has to be loaded is loaded side by side, with room reserved for it.
    private async ValueTask<long> CollectAsync(
        FetchTarget[] targets, List<ShardWatch> watches, FetchOptions fetch, CancellationToken cancellationToken)
    {
        List<ValueTask<FetchResult>>? loads = null;
        long left = fetch.MaxBytes, bytes = 0;
        var atLeastOne = true;
        var loading = new List<FetchTarget>();
        foreach (var target in targets)
        {
            if (target.IsFailed)
                continue;
            var room = target.Available == 0 || (left <= 0 && !atLeastOne) ? 0 : Math.Min(target.MaxBytes, Math.Max(0, left));
            var load = CollectOneAsync(target, WatchOf(watches, target), room, atLeastOne && target.Available > 0, fetch,
                cancellationToken);
            if (load.IsCompletedSuccessfully)
            {
                target.Result = load.Result;
                bytes += target.Result.Bytes;
                left -= target.Result.Bytes;
                atLeastOne &= target.Result.Bytes == 0;
                continue;
            }

            (loads ??= []).Add(load);
            loading.Add(target);
            left -= Math.Min(room, target.Available);
            atLeastOne = false;
        }

        return loads is null ? bytes : bytes + await TakeAsync(loading, loads);
    }

    // All of them, also when one of them fails: what the others found is to be given back, and they work on the fetch's targets.
    private static async ValueTask<long> TakeAsync(List<FetchTarget> loading, List<ValueTask<FetchResult>> loads)
    {
        ExceptionDispatchInfo? fault = null;
        long bytes = 0;
        for (var i = 0; i < loads.Count; i++)
        {
            try
            {
                var result = await loads[i];
                loading[i].Result = result;
                bytes += result.Bytes;
            }
            catch (Exception e)
            {
                fault ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        fault?.Throw();
        return bytes;
    }

    private async ValueTask<FetchResult> CollectOneAsync(
        FetchTarget target, ShardWatch watch, long room, bool atLeastOne, FetchOptions fetch, CancellationToken cancellationToken)
    {
        var pieces = new FetchPieces(target.Partition!.SkipLosses(target.Offset), room, atLeastOne)
        {
            EnoughBytes = fetch.EnoughBytes(room),
            TakesFiles = fetch.TakesFiles,
        };
        var isTaken = false;
        try
        {
            while (room > 0 || atLeastOne)
            {
                var failure = await reader.CollectAsync(
                    watch.Shard, target.Partition!, pieces, fetch.AheadBytes(target.MaxBytes, options.CacheBytes), cancellationToken);
                if (failure is null || pieces.Bytes > 0)
                    break;

                // A missing object: the index has moved on. Otherwise that is the answer.
                if (failure.Kind != StoreErrorKind.NotFound || target.Refreshes >= MaxRefreshes)
                    return FetchFailure.Failed(watch.Shard, target.Id, failure, target.Offset, pieces.Failed, damage);
                target.Refreshes++;
                await RefreshAsync(watch, cancellationToken);
                if (watch.State.Find(target.Id) is not { } moved || !IsInside(moved, target.Offset))
                    return FetchFailure.Outside(watch.State.Find(target.Id), target.Offset, watch.State.LeaderEpoch);
                target.Partition = moved;
            }

            isTaken = true;
            return pieces.ToResult(watch.Shard, target.Partition!);
        }
        catch (StoreException failure)
        {
            return FetchFailure.Unproven(watch.Shard, failure, target.Offset);
        }
        finally
        {
            if (!isTaken)
                pieces.Dispose();
        }
    }

    private static ShardWatch WatchOf(List<ShardWatch> watches, FetchTarget target) =>
        (target.Shard is { } shard ? Find(watches, shard) : null)
            ?? throw new InvalidOperationException("A target's shard is not watched.");

    private static void Discard(FetchTarget[] targets)
    {
        foreach (var target in targets)
        {
            target.Result?.Dispose();
            target.Result = null;
        }
    }
}
