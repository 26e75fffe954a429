using CloudStream.Engine.Cluster;
using CloudStream.Engine.Groups.Offsets;
using CloudStream.Engine.Groups.Registers;
using CloudStream.Engine.Runtime;
using CloudStream.Engine.Topics;
using CloudStream.Storage;

namespace CloudStream.Engine.Groups.Coordination;

/// <summary>One broker's part in all groups: sends each call to where it belongs. Thread-safe.</summary>
internal sealed class GroupCoordinator : IGroups
{
    private readonly CoordinatorLookup _lookup;
    private readonly GroupRegisters _registers;
    private readonly OffsetPartitions _partitions;
    private readonly OffsetsAnywhere _anywhere;
    private readonly LagReader _lag;

    public GroupCoordinator(
        CoordinatorLookup lookup, TopicCatalog topics, DescribePartitions describe, SettledRegisters registers, GroupSettings settings, BrokerRuntime runtime)
    {
        _lookup = lookup;
        _registers = new GroupRegisters(registers, runtime.Random);
        _partitions = new OffsetPartitions(topics, settings, runtime);
        _anywhere = new OffsetsAnywhere(_registers, _partitions);
        _lag = new LagReader(topics, describe);
    }

    /// <inheritdoc/>
    public async ValueTask<CoordinatorResult> FindCoordinatorAsync(string groupId, CancellationToken cancellationToken)
    {
        if (groupId.Length == 0 || GroupKeys.KeyOf(groupId) is null)
            return new CoordinatorResult(GroupError.InvalidGroupId);
        try
        {
            var broker = await _lookup.FindAsync(groupId, cancellationToken);
            return new CoordinatorResult(broker is null ? GroupError.CoordinatorNotAvailable : GroupError.None, broker);
        }
        catch (StoreException)
        {
            return new CoordinatorResult(GroupError.CoordinatorNotAvailable);
        }
    }

    /// <inheritdoc/>
    public ValueTask<JoinGroupResult> JoinAsync(JoinGroupRequest request, CancellationToken cancellationToken) =>
        new(JoinGroupResult.Failed(GroupError.CoordinatorNotAvailable, request.MemberId));

    /// <inheritdoc/>
    public ValueTask<SyncGroupResult> SyncAsync(SyncGroupRequest request, CancellationToken cancellationToken) =>
        new(new SyncGroupResult(GroupError.CoordinatorNotAvailable));

    /// <inheritdoc/>
    public ValueTask<GroupError> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken) => new(GroupError.CoordinatorNotAvailable);

    /// <inheritdoc/>
    public ValueTask<LeaveGroupResult> LeaveAsync(LeaveGroupRequest request, CancellationToken cancellationToken) =>
        new(new LeaveGroupResult(GroupError.CoordinatorNotAvailable, []));

    /// <inheritdoc/>
    public ValueTask<CommitOffsetsResult> CommitOffsetsAsync(CommitOffsetsRequest request, CancellationToken cancellationToken) =>
        Refusal(request.GroupId, request.Anywhere) is { } refusal
            ? new(CommitOffsetsResult.Failed(refusal, request.Offsets.Count))
            : _anywhere.CommitAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FetchOffsetsResult> FetchOffsetsAsync(FetchOffsetsRequest request, CancellationToken cancellationToken) =>
        Refusal(request.GroupId, request.Anywhere) is { } refusal
            ? new(new FetchOffsetsResult(refusal, []))
            : _anywhere.FetchAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DeleteOffsetsResult> DeleteOffsetsAsync(DeleteOffsetsRequest request, CancellationToken cancellationToken) =>
        Refusal(request.GroupId, request.Anywhere) is { } refusal
            ? new(new DeleteOffsetsResult(refusal, []))
            : _anywhere.DeleteOffsetsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ListGroupsResult> ListAsync(ListGroupsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var groups = new List<GroupListing>();
            foreach (var (id, group) in await _registers.ListAsync(cancellationToken))
            {
                if (request.Anywhere || !_lookup.HoldsLeases || _lookup.IsOwn(id))
                    groups.Add(new GroupListing(id, group?.Register.ProtocolType ?? "", StateOf(group)));
            }

            return new ListGroupsResult(GroupError.None, [.. groups.Where(g => IsWanted(g, request)).OrderBy(g => g.GroupId, StringComparer.Ordinal)]);
        }
        catch (StoreException e)
        {
            return new ListGroupsResult(GroupFailure.Of(e), []);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<GroupDescription> DescribeAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
        (await ReadAsync(groupId, anywhere, cancellationToken)).Description;

    /// <inheritdoc/>
    public async ValueTask<GroupLag> DescribeLagAsync(string groupId, bool anywhere, CancellationToken cancellationToken)
    {
        var (description, group) = await ReadAsync(groupId, anywhere, cancellationToken);
        if (description.Error != GroupError.None)
            return new GroupLag(description, []);
        try
        {
            var committed = await _partitions.FetchAsync(group?.Register, null, cancellationToken);
            return new GroupLag(description, await _lag.ReadAsync(description, committed, cancellationToken));
        }
        catch (StoreException e)
        {
            return new GroupLag(description with { Error = GroupFailure.Of(e) }, []);
        }
    }

    /// <inheritdoc/>
    public ValueTask<GroupError> DeleteAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
        Refusal(groupId, anywhere) is { } refusal ? new(refusal) : _anywhere.DeleteAsync(groupId, cancellationToken);

    private GroupError? Refusal(string groupId, bool anywhere) =>
        GroupKeys.KeyOf(groupId) is null ? GroupError.InvalidGroupId
        : !anywhere && _lookup.HoldsLeases && !_lookup.IsOwn(groupId) ? GroupError.NotCoordinator
        : null;

    private async ValueTask<(GroupDescription Description, KnownGroup? Group)> ReadAsync(string groupId, bool anywhere, CancellationToken cancellationToken)
    {
        if (Refusal(groupId, anywhere) is { } refusal)
            return (new GroupDescription { Error = refusal, GroupId = groupId }, null);
        try
        {
            var group = await _registers.ReadAsync(groupId, cancellationToken);
            return (Describe(groupId, group, await _lookup.FindAsync(groupId, cancellationToken)), group);
        }
        catch (StoreException e)
        {
            return (new GroupDescription { Error = GroupFailure.Of(e), GroupId = groupId }, null);
        }
    }

    private static GroupDescription Describe(string groupId, KnownGroup? group, BrokerInfo? coordinator) => new()
    {
        Error = GroupError.None,
        GroupId = groupId,
        State = StateOf(group),
        ProtocolType = group?.Register.ProtocolType ?? "",
        ProtocolName = group?.Register.ProtocolName ?? "",
        GenerationId = group?.Register.Generation ?? 0,
        Coordinator = coordinator?.Id ?? -1,
        Members = [.. (group?.Register.Members ?? []).Select(m => new MemberDescription(m.MemberId, m.GroupInstanceId, "", "", default, default))],
    };

    private static GroupState StateOf(KnownGroup? group) =>
        group is null ? GroupState.Dead : group.Register.HasMembers ? GroupState.Unknown : GroupState.Empty;

    private static bool IsWanted(GroupListing group, ListGroupsRequest request) =>
        (request.States.Count == 0 || request.States.Contains(group.State.ToString(), StringComparer.OrdinalIgnoreCase))
        && (request.Types.Count == 0 || request.Types.Contains(GroupListing.GroupType, StringComparer.OrdinalIgnoreCase));
}
