using CloudStream.Log.Calls;
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
        $"Shard {shard.Number}, where the partition lies, cannot be read: its register or checkpoint is damaged.";

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
}
