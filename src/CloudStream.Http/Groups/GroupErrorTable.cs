using CloudStream.Cluster.Groups;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups;

/// <summary>The one table from the outcomes of group calls to what an HTTP client sees.</summary>
internal static class GroupErrorTable
{
    /// <summary>Status, problem code and title of an outcome.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is not in the table, or is <see cref="GroupError.None"/>.</exception>
    public static ErrorMapping Get(GroupError error) => error switch
    {
        GroupError.InvalidRequest => new(StatusCodes.Status400BadRequest, "invalid-request", "The request is invalid"),
        GroupError.InvalidGroupId => new(StatusCodes.Status400BadRequest, "invalid-group-id", "The group's name is invalid"),
        GroupError.InvalidSessionTimeout =>
            new(StatusCodes.Status400BadRequest, "invalid-session-timeout", "The session timeout is out of range"),
        GroupError.OffsetMetadataTooLarge =>
            new(StatusCodes.Status400BadRequest, "offset-metadata-too-large", "The metadata of an offset is too long"),
        GroupError.GroupIdNotFound => new(StatusCodes.Status404NotFound, "unknown-group", "There is no such group"),
        GroupError.UnknownMemberId => new(StatusCodes.Status404NotFound, "unknown-member", "The group has no such member; join again"),
        GroupError.UnknownTopicOrPartition =>
            new(StatusCodes.Status404NotFound, "unknown-partition", "There is no such topic or partition"),
        GroupError.RebalanceInProgress =>
            new(StatusCodes.Status409Conflict, "rebalance-in-progress", "The group forms a new generation; join it"),
        GroupError.IllegalGeneration => new(StatusCodes.Status409Conflict, "illegal-generation", "The generation is over; join again"),
        GroupError.MemberIdRequired => new(StatusCodes.Status409Conflict, "member-id-required", "Join again with the member id"),
        GroupError.FencedInstanceId => new(StatusCodes.Status409Conflict, "fenced-instance", "Another process has taken this instance id"),
        GroupError.InconsistentGroupProtocol =>
            new(StatusCodes.Status409Conflict, "inconsistent-group-protocol",
                "The group's members have no assignor in common with this one"),
        GroupError.GroupMaxSizeReached => new(StatusCodes.Status409Conflict, "group-full", "The group has as many members as it may have"),
        GroupError.NonEmptyGroup => new(StatusCodes.Status409Conflict, "group-not-empty", "The group has members"),
        GroupError.GroupSubscribedToTopic =>
            new(StatusCodes.Status409Conflict, "group-subscribed", "A member of the group is subscribed to the topic"),
        GroupError.NotCoordinator => new(
            StatusCodes.Status421MisdirectedRequest, "not-coordinator", "Another broker coordinates the group"),
        GroupError.CoordinatorNotAvailable =>
            new(StatusCodes.Status503ServiceUnavailable, "coordinator-unavailable", "Nobody coordinates the group now; retry"),
        GroupError.CoordinatorLoadInProgress =>
            new(StatusCodes.Status503ServiceUnavailable, "coordinator-loading", "The coordinator is busy with the group; retry"),
        GroupError.UnstableOffsetCommit =>
            new(StatusCodes.Status503ServiceUnavailable, "unstable-offset", "A transaction's offsets are pending; retry"),
        GroupError.RequestTimedOut => new(
            StatusCodes.Status503ServiceUnavailable, "outcome-unknown", "The change may or may not have happened"),
        GroupError.UnknownServerError =>
            new(StatusCodes.Status500InternalServerError, "store-refused", "The group's register makes no sense, or the store refuses"),
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "This outcome has no place in the table."),
    };
}
