using CloudStream.Log.Calls;
using CloudStream.Log.Reading;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Positions;

/// <summary>Answers where a log begins, ends, or reaches a time. Every answer follows a look at the register. Thread-safe.</summary>
internal sealed class OffsetLookup(TimestampSearch search, EndOfLogWait wait)
{
    private const int MaxRefreshes = 3;

    /// <summary>Finds the wanted offset.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="id">The partition.</param>
    /// <param name="spec">What is wanted.</param>
    /// <param name="maxBytes">Most bytes that a batch may decompress to which has to be looked into.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<OffsetResult> ListAsync(
        IShardLog shard, PartitionId id, OffsetSpec spec, int maxBytes, CancellationToken cancellationToken)
    {
        if (spec.Value < OffsetSpec.MaxTimestamp.Value)
            return new OffsetResult(ErrorCode.InvalidRequest,
                Detail: $"{spec.Value} is neither a timestamp nor one of the offsets latest (-1), earliest (-2), max timestamp (-3).");
        try
        {
            await wait.ProveAsync(shard, shard.Ask(), cancellationToken);
            for (var refreshes = 0; ; refreshes++)
            {
                var state = refreshes == 0 ? shard.State : await wait.RefreshAsync(shard, cancellationToken);
                if (state.Find(id) is not { } partition)
                    return new OffsetResult(ErrorCode.UnknownPartition, Detail: "There is no such partition.");
                var (result, failure) = await AnswerAsync(shard, state, partition, spec, maxBytes, cancellationToken);
                if (failure is null)
                    return result;
                if (failure.Kind != StoreErrorKind.NotFound || refreshes == MaxRefreshes)
                    return Failed(failure);
            }
        }
        catch (StoreException failure)
        {
            if (shard.Unreadable is not null)
                return new OffsetResult(ErrorCode.ShardUnreadable, Detail: FetchFailure.DescribeUnreadable(shard));
            return Failed(failure);
        }
    }

    private ValueTask<OffsetOutcome> AnswerAsync(
        IShardLog shard, ShardState state, PartitionState partition, OffsetSpec spec, int maxBytes, CancellationToken cancellationToken)
    {
        if (spec == OffsetSpec.Latest)
            return new(new OffsetOutcome(new OffsetResult(ErrorCode.None, partition.EndOffset, LeaderEpoch: state.LeaderEpoch), null));
        if (spec == OffsetSpec.Earliest)
            return new(new OffsetOutcome(new OffsetResult(ErrorCode.None, partition.LogStartOffset), null));
        return spec == OffsetSpec.MaxTimestamp
            ? search.FindLargestAsync(shard, partition, maxBytes, cancellationToken)
            : search.FindFirstAsync(shard, partition, spec.Value, maxBytes, cancellationToken);
    }

    private static OffsetResult Failed(StoreException failure) => new(FetchFailure.CodeOf(failure), Detail: failure.Kind switch
    {
        StoreErrorKind.Corrupt or StoreErrorKind.NotFound => "What is stored and decides the answer is missing or fails its checks.",
        StoreErrorKind.Refused or StoreErrorKind.Invalid => "The store refuses to be read.",
        _ => "The store cannot be reached.",
    });
}
