namespace CloudStream.Cluster.Groups;

/// <summary>
/// Expected outcomes of group calls, named as Kafka's protocol names them. One table per face maps them; the comment says what the caller
/// must do.
/// </summary>
public enum GroupError
{
    /// <summary>Success.</summary>
    None = 0,

    // Ask another broker, or again.

    /// <summary>Nobody coordinates the group now, or the store did not answer. Look the coordinator up again and retry.</summary>
    CoordinatorNotAvailable,

    /// <summary>This broker does not coordinate the group. Look the coordinator up again.</summary>
    NotCoordinator,

    /// <summary>The coordinator is busy with the group or has no room for another one. Retry.</summary>
    CoordinatorLoadInProgress,

    /// <summary>The store did not say whether the change took effect. Retry; a repeated commit does no harm.</summary>
    RequestTimedOut,

    /// <summary>Offsets of a transaction are pending for the partition. Retry.</summary>
    UnstableOffsetCommit,

    // Rejoin.

    /// <summary>A new generation is being formed: join it.</summary>
    RebalanceInProgress,

    /// <summary>The group has no such member: join without a member id.</summary>
    UnknownMemberId,

    /// <summary>The member speaks of a generation that is not the present one: join again.</summary>
    IllegalGeneration,

    /// <summary>Join again with the member id that comes with this answer.</summary>
    MemberIdRequired,

    /// <summary>Another process has taken this static member's instance id. Stop.</summary>
    FencedInstanceId,

    // Fix the request.

    /// <summary>The member's protocol type or protocols do not fit the group's.</summary>
    InconsistentGroupProtocol,

    /// <summary>The session timeout is outside <c>group.min.session.timeout.ms</c> to <c>group.max.session.timeout.ms</c>.</summary>
    InvalidSessionTimeout,

    /// <summary>The group has as many members as it may have.</summary>
    GroupMaxSizeReached,

    /// <summary>The group's name is empty or too long to be stored.</summary>
    InvalidGroupId,

    /// <summary>There is no such group.</summary>
    GroupIdNotFound,

    /// <summary>The group has members; only a group without any can be deleted.</summary>
    NonEmptyGroup,

    /// <summary>A member of the group is subscribed to the topic, so its offsets stay.</summary>
    GroupSubscribedToTopic,

    /// <summary>There is no such topic or partition.</summary>
    UnknownTopicOrPartition,

    /// <summary>The metadata that came with an offset is longer than <c>offset.metadata.max.bytes</c>.</summary>
    OffsetMetadataTooLarge,

    /// <summary>The request contradicts itself.</summary>
    InvalidRequest,

    // Give up and tell an operator.

    /// <summary>What is stored of the group makes no sense or the store refuses.</summary>
    UnknownServerError,
}
