using CloudStream.Cluster.Groups;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>An engine's groups of which single calls are replaced.</summary>
internal sealed class BrokenGroups(IGroups inner) : IGroups
{
    public Func<IGroups, JoinGroupRequest, CancellationToken, ValueTask<JoinGroupResult>>? OnJoin { get; init; }

    public Func<IGroups, CommitOffsetsRequest, CancellationToken, ValueTask<CommitOffsetsResult>>? OnCommit { get; init; }

    public Func<IGroups, SyncGroupRequest, CancellationToken, ValueTask<SyncGroupResult>>? OnSync { get; init; }

    public Func<IGroups, FetchOffsetsRequest, CancellationToken, ValueTask<FetchOffsetsResult>>? OnFetch { get; init; }

    public Func<IGroups, HeartbeatRequest, CancellationToken, ValueTask<GroupError>>? OnHeartbeat { get; init; }

    public ValueTask<CoordinatorResult> FindCoordinatorAsync(string groupId, CancellationToken cancellationToken) =>
        inner.FindCoordinatorAsync(groupId, cancellationToken);

    public ValueTask<JoinGroupResult> JoinAsync(JoinGroupRequest request, CancellationToken cancellationToken) =>
        OnJoin is null ? inner.JoinAsync(request, cancellationToken) : OnJoin(inner, request, cancellationToken);

    public ValueTask<SyncGroupResult> SyncAsync(SyncGroupRequest request, CancellationToken cancellationToken) =>
        OnSync is null ? inner.SyncAsync(request, cancellationToken) : OnSync(inner, request, cancellationToken);

    public ValueTask<GroupError> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken) =>
        OnHeartbeat is null ? inner.HeartbeatAsync(request, cancellationToken) : OnHeartbeat(inner, request, cancellationToken);

    public ValueTask<LeaveGroupResult> LeaveAsync(LeaveGroupRequest request, CancellationToken cancellationToken) =>
        inner.LeaveAsync(request, cancellationToken);

    public ValueTask<CommitOffsetsResult> CommitOffsetsAsync(CommitOffsetsRequest request, CancellationToken cancellationToken) =>
        OnCommit is null ? inner.CommitOffsetsAsync(request, cancellationToken) : OnCommit(inner, request, cancellationToken);

    public ValueTask<FetchOffsetsResult> FetchOffsetsAsync(FetchOffsetsRequest request, CancellationToken cancellationToken) =>
        OnFetch is null ? inner.FetchOffsetsAsync(request, cancellationToken) : OnFetch(inner, request, cancellationToken);

    public ValueTask<DeleteOffsetsResult> DeleteOffsetsAsync(DeleteOffsetsRequest request, CancellationToken cancellationToken) =>
        inner.DeleteOffsetsAsync(request, cancellationToken);

    public ValueTask<ListGroupsResult> ListAsync(ListGroupsRequest request, CancellationToken cancellationToken) =>
        inner.ListAsync(request, cancellationToken);

    public ValueTask<GroupDescription> DescribeAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
        inner.DescribeAsync(groupId, anywhere, cancellationToken);

    public ValueTask<GroupLag> DescribeLagAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
        inner.DescribeLagAsync(groupId, anywhere, cancellationToken);

    public ValueTask<GroupError> DeleteAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
        inner.DeleteAsync(groupId, anywhere, cancellationToken);
}
