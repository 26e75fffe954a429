using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Errors;

namespace CloudStream.Kafka.Groups;

/// <summary>The one table from outcomes of group calls to what a Kafka client sees.</summary>
internal static class GroupErrorTable
{
    /// <summary>Kafka's code for an outcome.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is not in the table.</exception>
    public static KafkaError Get(GroupError error) => error switch
    {
        GroupError.None => KafkaError.None,
        GroupError.CoordinatorNotAvailable => KafkaError.CoordinatorNotAvailable,
        GroupError.NotCoordinator => KafkaError.NotCoordinator,
        GroupError.CoordinatorLoadInProgress => KafkaError.CoordinatorLoadInProgress,
        GroupError.RequestTimedOut => KafkaError.RequestTimedOut,
        GroupError.UnstableOffsetCommit => KafkaError.UnstableOffsetCommit,
        GroupError.RebalanceInProgress => KafkaError.RebalanceInProgress,
        GroupError.UnknownMemberId => KafkaError.UnknownMemberId,
        GroupError.IllegalGeneration => KafkaError.IllegalGeneration,
        GroupError.MemberIdRequired => KafkaError.MemberIdRequired,
        GroupError.FencedInstanceId => KafkaError.FencedInstanceId,
        GroupError.InconsistentGroupProtocol => KafkaError.InconsistentGroupProtocol,
        GroupError.InvalidSessionTimeout => KafkaError.InvalidSessionTimeout,
        GroupError.GroupMaxSizeReached => KafkaError.GroupMaxSizeReached,
        GroupError.InvalidGroupId => KafkaError.InvalidGroupId,
        GroupError.GroupIdNotFound => KafkaError.GroupIdNotFound,
        GroupError.NonEmptyGroup => KafkaError.NonEmptyGroup,
        GroupError.GroupSubscribedToTopic => KafkaError.GroupSubscribedToTopic,
        GroupError.UnknownTopicOrPartition => KafkaError.UnknownTopicOrPartition,
        GroupError.OffsetMetadataTooLarge => KafkaError.OffsetMetadataTooLarge,
        GroupError.InvalidRequest => KafkaError.InvalidRequest,
        GroupError.UnknownServerError => KafkaError.UnknownServerError,
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "This outcome has no place in the table of group errors."),
    };

    /// <summary>The same as it goes onto the wire.</summary>
    public static short CodeOf(GroupError error) => (short)Get(error);
}
