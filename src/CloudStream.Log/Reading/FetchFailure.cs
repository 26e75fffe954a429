using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Reading;

/// <summary>How a failure of the store is told to a reader; the store's own words stay in the log.</summary>
internal static class FetchFailure
{
    public static ErrorCode CodeOf(StoreException failure) => failure.Kind switch
    {
        // What is missing is looked for with a newer index first; what that refers to and is not there is lost.
        StoreErrorKind.Corrupt or StoreErrorKind.NotFound => ErrorCode.CorruptStorage,
        StoreErrorKind.Refused or StoreErrorKind.Invalid => ErrorCode.StoreRefused,
        _ => ErrorCode.StoreUnavailable,
    };

    /// <summary>The same for a failure to look at a shard's register.</summary>
    public static ErrorCode CodeOf(IShardLog shard, StoreException failure) =>
        shard.Unreadable is null ? CodeOf(failure) : ErrorCode.ShardUnreadable;

    public static string Describe(IShardLog shard, StoreException failure, long offset) =>
        shard.Unreadable is null ? Describe(failure, offset) : DescribeUnreadable(shard);

    public static string DescribeUnreadable(IShardLog shard) =>
        $"Shard {shard.Number}, where the partition lies, cannot be read: its journal or checkpoint is damaged.";

    public static string Describe(StoreException failure, long offset)
    {
        var where = $"offset {offset}";
        return failure.Kind switch
        {
            StoreErrorKind.Corrupt or StoreErrorKind.NotFound => $"What is stored about {where} fails its checks.",
            StoreErrorKind.Refused or StoreErrorKind.Invalid => $"The store refuses to read {where}.",
            _ => $"The store cannot be reached to read {where}.",
        };
    }

    /// <summary>Why nothing was found with the newest index.</summary>
    public static FetchResult Failed(
        IShardLog shard, PartitionId id, StoreException failure, long offset, FailedBlock failed, DamageReporter damage)
    {
        if (failure.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
            return damage.Report(shard, id, failure, failed);
        var state = shard.State;
        var known = state.Find(id);
        return FetchResult.Failed(
            CodeOf(failure), Describe(failure, offset), known?.EndOffset ?? -1, known?.LogStartOffset ?? -1, state.LeaderEpoch);
    }

    /// <summary>The register could not be looked at: nothing is said about the frontiers.</summary>
    public static FetchResult Unproven(IShardLog shard, StoreException failure, long offset) =>
        FetchResult.Failed(CodeOf(shard, failure), Describe(shard, failure, offset));

    /// <summary>The wanted offset is not in the log.</summary>
    public static FetchResult Outside(PartitionState? partition, long offset, int epoch) => partition is null
        ? FetchResult.Failed(ErrorCode.UnknownPartition, "There is no such partition.")
        : FetchResult.Failed(
            ErrorCode.OffsetOutOfRange,
            $"Offset {offset} is outside the log, which begins at {partition.LogStartOffset} and ends at {partition.EndOffset}.",
            partition.EndOffset,
            partition.LogStartOffset,
            epoch);
}
