using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups;

/// <summary>What a failure means for who asked something of a group.</summary>
internal static class GroupFailure
{
    public static GroupError Of(StoreException failure) => failure.Kind switch
    {
        StoreErrorKind.Ambiguous => GroupError.RequestTimedOut,
        StoreErrorKind.Unavailable or StoreErrorKind.Throttled or StoreErrorKind.NotWritable => GroupError.CoordinatorNotAvailable,
        _ => GroupError.UnknownServerError,
    };

    /// <summary>What became of a change.</summary>
    public static GroupError Of(GroupWriteOutcome outcome) => outcome.Result switch
    {
        CommitResult.Applied => GroupError.None,
        CommitResult.Withdrawn => Of(outcome.Refusal),
        CommitResult.Unknown => GroupError.RequestTimedOut,
        _ => GroupError.CoordinatorNotAvailable,
    };

    private static GroupError Of(GroupRefusal refusal) => refusal switch
    {
        GroupRefusal.OtherEpoch => GroupError.NotCoordinator,
        GroupRefusal.HasMembers => GroupError.NonEmptyGroup,
        GroupRefusal.NoSuchGroup => GroupError.GroupIdNotFound,
        _ => GroupError.CoordinatorNotAvailable,
    };
}
