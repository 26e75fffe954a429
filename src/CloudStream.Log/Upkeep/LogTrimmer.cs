using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Moves a partition's log start offset up, for retention and for delete-records alike. Objects that only pages know must be named by the
/// entry that gives them up, so a long way is gone in steps that each name a bounded number. Thread-safe.
/// </summary>
internal sealed class LogTrimmer(IUpkeepShard shard, PageStore pages, BrokerRuntime runtime, UpkeepMetrics metrics)
{
    /// <summary>Most objects that one entry names.</summary>
    public const int MaxNamed = 128;

    // Another writer may change the pages between reading and commit; then the step is planned again.
    private const int MaxTries = 5;

    private readonly ILogger _log = runtime.Loggers.CreateLogger<LogTrimmer>();

    /// <summary>Moves the log start to <paramref name="target"/>, or to the end of the log if that is lower.</summary>
    /// <returns>Applied when the log start is there (or beyond); otherwise why it is not.</returns>
    public async ValueTask<CommitResult> TrimAsync(int slot, long target, CancellationToken cancellationToken)
    {
        var state = shard.State;
        for (var tries = 0; tries < MaxTries;)
        {
            if (!state.Partitions.TryGetValue(slot, out var partition))
                return CommitResult.Withdrawn;
            var goal = Math.Min(target, partition.EndOffset);
            if (partition.LogStartOffset >= goal)
                return CommitResult.Applied;
            var outcome = await StepAsync(partition, goal, cancellationToken);
            if (outcome.Result == CommitResult.Withdrawn)
                tries++;
            else if (outcome.Result != CommitResult.Applied)
                return outcome.Result;
            state = outcome.State;
        }

        return CommitResult.Withdrawn;
    }

    private async ValueTask<CommitOutcome> StepAsync(PartitionState partition, long goal, CancellationToken cancellationToken)
    {
        var walk = new Walk(partition.LogStartOffset, goal);
        foreach (var page in partition.Pages)
        {
            if (page.BaseOffset >= goal || walk.IsFull)
                break;

            // The whole tree goes: trash walks it, nothing need be named.
            if (page.Level > 0 && page.EndOffset <= goal)
                walk.Reached = page.EndOffset;
            else
                await NameAsync(page, partition.Slot, walk, cancellationToken);
        }

        var start = walk.IsFull ? walk.Reached : goal;
        var entry = new TrimEntry(runtime.Time.GetUtcNow().ToUnixTimeMilliseconds(), partition.Slot, start, walk.Named.DrainToImmutable());
        var outcome = await shard.SubmitAsync(now => StillFits(now, partition) ? entry : null, cancellationToken);
        if (outcome.Result == CommitResult.Applied)
            metrics.Trimmed(partition.Bytes - (outcome.State.Partitions.GetValueOrDefault(partition.Slot)?.Bytes ?? 0));
        UpkeepLog.Trimmed(_log, shard.Number, partition.Slot, partition.LogStartOffset, start, outcome.Result);
        return outcome;
    }

    // Slices that moved into a page since would be given up without being named.
    private static bool StillFits(ShardState now, PartitionState planned) =>
        now.Partitions.TryGetValue(planned.Slot, out var partition)
        && partition.LogStartOffset == planned.LogStartOffset && partition.Pages.SequenceEqual(planned.Pages);

    private async ValueTask NameAsync(PageRef reference, int slot, Walk walk, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(reference, slot, cancellationToken) is { } page)
        {
            foreach (var slice in page.Slices)
                walk.Name(slice);
            foreach (var below in page.Pages)
            {
                if (below.EndOffset > walk.Start && below.BaseOffset < walk.Goal && !walk.IsFull)
                    await NameAsync(below, slot, walk, cancellationToken);
            }
        }

        if (!walk.IsFull)
            walk.Reached = Math.Min(reference.EndOffset, walk.Goal);
    }

    private async ValueTask<IndexPage?> TryReadAsync(PageRef reference, int slot, CancellationToken cancellationToken)
    {
        try
        {
            return await pages.ReadAsync(reference.Page, cancellationToken);
        }
        catch (StoreException e) when (e.Kind is StoreErrorKind.NotFound or StoreErrorKind.Corrupt)
        {
            // Gone because the state is stale: the commit is withdrawn. Damaged for good: retention goes on, and what the page lists
            // becomes orphaned.
            metrics.DamagedFound();
            UpkeepLog.DamagedPage(_log, shard.Number, reference.Page.NameIn(shard.Number), slot, e.Message);
            return null;
        }
    }

    /// <summary>What one step has named so far.</summary>
    private sealed class Walk(long start, long goal)
    {
        public long Start { get; } = start;

        public long Goal { get; } = goal;

        /// <summary>Everything below is named.</summary>
        public long Reached { get; set; } = start;

        public ImmutableArray<ObjectRef>.Builder Named { get; } = ImmutableArray.CreateBuilder<ObjectRef>();

        /// <summary>No room for another name: the step ends at <see cref="Reached"/>.</summary>
        public bool IsFull { get; private set; }

        public void Name(Slice slice)
        {
            if (slice.EndOffset <= Start || slice.EndOffset > Goal || IsFull)
                return;
            if (Named.Count == MaxNamed)
            {
                IsFull = true;
                return;
            }

            Named.Add(slice.Object);
            Reached = slice.EndOffset;
        }
    }
}
