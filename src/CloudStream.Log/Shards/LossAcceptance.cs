using System.Diagnostics.Metrics;
using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Shards;

/// <summary>
/// An operator gives up records that cannot be read. Nothing is taken at its word: every offset is tried, past what is remembered of
/// earlier failures, and one that can be read refuses the whole; so does damage that reaches beyond the given offsets, for what cannot be
/// read is given up as a whole or not at all. The entry is committed only while the log still refers to what was tried, so that what only
/// moved meanwhile is never given up. Thread-safe.
/// </summary>
internal sealed class LossAcceptance(PartitionReader reader, BlockCache cache, EndOfLogWait wait, BrokerRuntime runtime)
{
    private const int MaxTries = 5;

    private readonly Counter<long> _accepted = runtime.Meter.CreateCounter<long>(
        "cloudstream.losses.accepted", "{offset}", "Offsets that operators have given up, as they could not be read.");

    /// <summary>Gives up the offsets of <paramref name="range"/>.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="submit">Commits what it is given to propose, as <see cref="Shard.SubmitAsync"/> does.</param>
    /// <param name="id">The partition.</param>
    /// <param name="range">The first offset, and one past the last.</param>
    /// <param name="by">Who does so.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The end of the range; or why nothing was given up.</returns>
    /// <exception cref="StoreException">The shard cannot be read now.</exception>
    public async ValueTask<OffsetResult> AcceptAsync(
        IShardLog shard, Func<Func<ShardState, Entry?>, CancellationToken, ValueTask<CommitOutcome>> submit, PartitionId id,
        (long First, long End) range, string by, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var state = await wait.RefreshAsync(shard, cancellationToken);
            if (state.Find(id) is not { } partition)
                return new OffsetResult(ErrorCode.UnknownPartition, Detail: "There is no such partition.");
            if (range.First < partition.LogStartOffset || range.End > partition.EndOffset)
                return new OffsetResult(
                    ErrorCode.OffsetOutOfRange,
                    Detail: $"Offsets {range.First} to {range.End - 1} are not all in the log, which begins at {partition.LogStartOffset} "
                        + $"and ends at {partition.EndOffset}.");
            if (partition.SkipLosses(range.First) >= range.End)
                return new OffsetResult(ErrorCode.None, range.End, LeaderEpoch: state.LeaderEpoch); // Given up before.
            if (await RefuseAsync(shard, partition, range, cancellationToken) is { } refusal)
                return refusal;
            var entry = new LossAcceptedEntry(
                runtime.Time.GetUtcNow().ToUnixTimeMilliseconds(), partition.Slot, range.First, range.End, by);
            var outcome = await submit(now => StillFits(now, partition, range) ? entry : null, cancellationToken);
            if (outcome.Result != CommitResult.Withdrawn)
                return Conclude(outcome, id, range);
        }

        return new OffsetResult(ErrorCode.StoreUnavailable, Detail: "The log changes too fast; try again.");
    }

    private OffsetResult Conclude(CommitOutcome outcome, PartitionId id, (long First, long End) range)
    {
        if (outcome.Result != CommitResult.Applied)
            return new OffsetResult(
                outcome.Result == CommitResult.Unknown ? ErrorCode.OutcomeUnknown : ErrorCode.StoreUnavailable,
                Detail: "The loss could not be committed; it may be asked for again.");
        if (outcome.State.Find(id) is { } partition && partition.SkipLosses(range.First) < range.End)
            return new OffsetResult(
                ErrorCode.InvalidRequest, Detail: $"The partition has {LossTransition.MaxLosses} accepted losses, which is the limit.");
        _accepted.Add(range.End - range.First);
        return new OffsetResult(ErrorCode.None, range.End, LeaderEpoch: outcome.State.LeaderEpoch);
    }

    private async ValueTask<OffsetResult?> RefuseAsync(
        IShardLog shard, PartitionState partition, (long First, long End) range, CancellationToken cancellationToken)
    {
        cache.ForgetFailures();
        for (var offset = range.First; (offset = partition.SkipLosses(offset)) < range.End;)
        {
            using var pieces = new FetchPieces(offset, 1);
            var failure = await reader.CollectAsync(shard, partition, pieces, aheadBytes: 0, cancellationToken);
            if (failure is null)
                return new OffsetResult(
                    ErrorCode.InvalidRequest,
                    Detail: $"Offset {offset} can be read, by this broker at least; only what is missing or damaged can be accepted as "
                        + "lost.");
            if (failure.Kind is not (StoreErrorKind.Corrupt or StoreErrorKind.NotFound))
                return new OffsetResult(FetchFailure.CodeOf(failure), Detail: FetchFailure.Describe(failure, offset));

            // Part of a batch cannot be passed over, and nobody knows where the batches of what is missing began.
            var (start, stop) = (Math.Max(pieces.Failed.BaseOffset, partition.LogStartOffset), pieces.Failed.EndOffset);
            if (partition.SkipLosses(start) < range.First || stop > range.End)
                return new OffsetResult(
                    ErrorCode.InvalidRequest,
                    Detail: $"What cannot be read at offset {offset} reaches from {start} to {stop - 1}: it can be accepted as a whole "
                        + "only.");
            offset = stop;
        }

        return null;
    }

    // What was tried must be what the log refers to when the entry is committed.
    private static bool StillFits(ShardState now, PartitionState tried, (long First, long End) range) =>
        now.Find(tried.Id) is { } partition
        && partition.Slot == tried.Slot
        && partition.LogStartOffset <= range.First
        && partition.Pages.SequenceEqual(tried.Pages)
        && Within(partition, range).SequenceEqual(Within(tried, range));

    private static IEnumerable<Slice> Within(PartitionState partition, (long First, long End) range) =>
        partition.Recent.Where(s => s.EndOffset > range.First && s.BaseOffset < range.End);
}
