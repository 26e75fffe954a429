using CloudStream.Cluster.Groups.Membership;
using CloudStream.Log.Groups;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>Lists and descriptions: from memory where the group is coordinated here, otherwise what is committed.</summary>
internal sealed partial class GroupCoordinator
{
    /// <inheritdoc/>
    public async ValueTask<ListGroupsResult> ListAsync(ListGroupsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var groups = new Dictionary<string, GroupListing>(StringComparer.Ordinal);
            foreach (var shard in _coordinators.Shards)
            {
                if (!request.Anywhere && _coordinators.HoldsLeases && _coordinators.EpochOf(shard) == 0)
                    continue;
                await GroupPatience.ProveAsync(shard, _time, cancellationToken);
                foreach (var (id, group) in shard.Groups)
                    groups[id] = new GroupListing(id, group.ProtocolType, StateOf(id, group));
            }

            foreach (var loaded in _table.Loaded)
            {
                if (loaded.Listing is { } listing && EpochOf(loaded.GroupId) == loaded.Epoch
                    && (groups.ContainsKey(loaded.GroupId) || listing.State != GroupState.Empty))
                    groups[loaded.GroupId] = listing;
            }

            return new ListGroupsResult(GroupError.None,
                [.. groups.Values.Where(g => IsWanted(g, request)).OrderBy(g => g.GroupId, StringComparer.Ordinal)]);
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
            var committed = await _partitions.FetchAsync(group, null, cancellationToken);
            return new GroupLag(description, await _lag.ReadAsync(description, committed, cancellationToken));
        }
        catch (StoreException e)
        {
            return new GroupLag(description with { Error = GroupFailure.Of(e) }, []);
        }
    }

    private async ValueTask<(GroupDescription Description, StoredGroup? Group)> ReadAsync(
        string groupId, bool anywhere, CancellationToken cancellationToken)
    {
        if (Refusal(groupId, anywhere) is { } refusal)
            return (new GroupDescription { Error = refusal, GroupId = groupId }, null);
        try
        {
            var group = await _anywhere.ReadAsync(groupId, cancellationToken);
            var coordinator = (await _coordinators.FindAsync(groupId, cancellationToken))?.Id ?? -1;
            if (EpochOf(groupId) is not (> 0 and var epoch) || (_table.Find(groupId) is null && group is not { HasMembers: true }))
                return (Describe(groupId, group, coordinator), group);
            var description = await _table.CallAsync(groupId, epoch, NewWork, cancellationToken);
            if (description is { Error: GroupError.None, State: GroupState.Dead } && group is not null)
                return (Describe(groupId, group, coordinator), group); // It exists by what somebody else wrote.
            return (description with { Coordinator = coordinator }, group);
        }
        catch (StoreException e)
        {
            return (new GroupDescription { Error = GroupFailure.Of(e), GroupId = groupId }, null);
        }

        GroupWork<GroupDescription> NewWork() =>
            new(static (group, reply) => group.Describe(reply), e => new GroupDescription { Error = e, GroupId = groupId })
            {
                WaitsForSettled = false
            };
    }

    private GroupDescription Describe(string groupId, StoredGroup? group, int coordinator) => new()
    {
        Error = GroupError.None,
        GroupId = groupId,
        State = StateOf(groupId, group),
        ProtocolType = group?.ProtocolType ?? "",
        GenerationId = group?.Generation ?? 0,
        Coordinator = coordinator,
        Members = [.. (group?.Members ?? []).Select(
            m => new MemberDescription(m.Id, m.InstanceId, m.ClientId, m.ClientHost, default, default))],
    };

    private GroupState StateOf(string groupId, StoredGroup? group) =>
        group is null ? GroupState.Dead
        : !group.HasMembers ? GroupState.Empty
        : EpochOf(groupId) == 0 ? GroupState.Unknown
        : group.IsAssigned ? GroupState.Stable : GroupState.CompletingRebalance;

    private static bool IsWanted(GroupListing group, ListGroupsRequest request) =>
        (request.States.Count == 0 || request.States.Contains(group.State.ToString(), StringComparer.OrdinalIgnoreCase))
        && (request.Types.Count == 0 || request.Types.Contains(GroupListing.GroupType, StringComparer.OrdinalIgnoreCase));
}
