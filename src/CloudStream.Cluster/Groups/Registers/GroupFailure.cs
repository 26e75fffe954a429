using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Registers;

/// <summary>What a store's failure means for who asked something of a group.</summary>
internal static class GroupFailure
{
    public static GroupError Of(StoreException failure) => failure.Kind switch
    {
        StoreErrorKind.Ambiguous => GroupError.RequestTimedOut,
        StoreErrorKind.Unavailable or StoreErrorKind.Throttled or StoreErrorKind.NotWritable => GroupError.CoordinatorNotAvailable,
        StoreErrorKind.Invalid => GroupError.InvalidCommitOffsetSize,
        _ => GroupError.UnknownServerError,
    };
}
