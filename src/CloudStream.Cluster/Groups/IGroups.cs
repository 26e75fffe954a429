namespace CloudStream.Cluster.Groups;

/// <summary>
/// Consumer groups as the faces see them: the classic Kafka group protocol without its wire format. A group's coordinator is the broker
/// that holds the coordinator shard that the group's name hashes to; calls about members belong there and get NotCoordinator elsewhere.
/// Expected failures are values; only cancellation and defects throw. A cancelled call may have taken effect. Thread-safe.
/// </summary>
public interface IGroups
{
    /// <summary>Which broker coordinates the group, read strongly.</summary>
    ValueTask<CoordinatorResult> FindCoordinatorAsync(string groupId, CancellationToken cancellationToken);

    /// <summary>Joins a group and completes when the generation is formed, which may take a rebalance timeout.</summary>
    ValueTask<JoinGroupResult> JoinAsync(JoinGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Gets a member its assignment; completes when the leader has brought it.</summary>
    ValueTask<SyncGroupResult> SyncAsync(SyncGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Keeps a member alive. RebalanceInProgress: join again.</summary>
    ValueTask<GroupError> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken);

    /// <summary>Takes members out of a group at once.</summary>
    ValueTask<LeaveGroupResult> LeaveAsync(LeaveGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Commits offsets; what is acknowledged is in the coordinator shard's journal.</summary>
    ValueTask<CommitOffsetsResult> CommitOffsetsAsync(CommitOffsetsRequest request, CancellationToken cancellationToken);

    /// <summary>Reads committed offsets.</summary>
    ValueTask<FetchOffsetsResult> FetchOffsetsAsync(FetchOffsetsRequest request, CancellationToken cancellationToken);

    /// <summary>Takes committed offsets out.</summary>
    ValueTask<DeleteOffsetsResult> DeleteOffsetsAsync(DeleteOffsetsRequest request, CancellationToken cancellationToken);

    /// <summary>Lists groups.</summary>
    ValueTask<ListGroupsResult> ListAsync(ListGroupsRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Describes a group. With <paramref name="anywhere"/> a broker that does not coordinate it tells what is committed.
    /// </summary>
    ValueTask<GroupDescription> DescribeAsync(string groupId, bool anywhere, CancellationToken cancellationToken);

    /// <summary>Describes a group with its committed offsets and how far they are behind.</summary>
    ValueTask<GroupLag> DescribeLagAsync(string groupId, bool anywhere, CancellationToken cancellationToken);

    /// <summary>Deletes a group without members, and its offsets.</summary>
    /// <returns>None, GroupIdNotFound, NonEmptyGroup, or why it could not be done.</returns>
    ValueTask<GroupError> DeleteAsync(string groupId, bool anywhere, CancellationToken cancellationToken);
}
