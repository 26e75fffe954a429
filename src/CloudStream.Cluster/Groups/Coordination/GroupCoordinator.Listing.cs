using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>Lists and descriptions: from memory where the group is coordinated here, otherwise what the register says.</summary>
internal sealed partial class GroupCoordinator
{
    /// <inheritdoc/>
    public async ValueTask<ListGroupsResult> ListAsync(ListGroupsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var groups = new Dictionary<string, GroupListing>(StringComparer.Ordinal);
            foreach (var (id, group) in await _registers.ListAsync(cancellationToken))
            {
                if (Refusal(id, request.Anywhere) is null)
                    groups[id] = new GroupListing(id, group?.Register.ProtocolType ?? "", StateOf(id, group));
            }

            foreach (var loaded in _table.Loaded)
            {
                if (loaded.Listing is { } listing && _coordinators.OwnClaim(loaded.GroupId) == loaded.Claim
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
            var committed = await _partitions.FetchAsync(group?.Register, null, cancellationToken);
            return new GroupLag(description, await _lag.ReadAsync(description, committed, cancellationToken));
        }
        catch (StoreException e)
        {
            return new GroupLag(description with { Error = GroupFailure.Of(e) }, []);
        }
    }

    private async ValueTask<(GroupDescription Description, KnownGroup? Group)> ReadAsync(
        string groupId, bool anywhere, CancellationToken cancellationToken)
    {
        if (Refusal(groupId, anywhere) is { } refusal)
            return (new GroupDescription { Error = refusal, GroupId = groupId }, null);
        try
        {
            var group = await _registers.ReadAsync(groupId, cancellationToken);
            var coordinator = (await _coordinators.FindAsync(groupId, cancellationToken))?.Id ?? -1;
            if (_coordinators.OwnClaim(groupId) is not { } claim
                || (_table.Find(groupId) is null && group is not { Register.HasMembers: true }))
                return (Describe(groupId, group, coordinator), group);
            var description = await _table.CallAsync(groupId, claim, NewWork, cancellationToken);
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

    private GroupDescription Describe(string groupId, KnownGroup? group, int coordinator) => new()
    {
        Error = GroupError.None,
        GroupId = groupId,
        State = StateOf(groupId, group),
        ProtocolType = group?.Register.ProtocolType ?? "",
        GenerationId = group?.Register.Generation ?? 0,
        Coordinator = coordinator,
        Members = [.. (group?.Register.Members ?? []).Select(
            m => new MemberDescription(m.MemberId, m.GroupInstanceId, "", "", default, default))],
    };

    // A group of ours that is not in memory yet waits for its members to join again.
    private GroupState StateOf(string groupId, KnownGroup? group) =>
        group is null ? GroupState.Dead
        : !group.Register.HasMembers ? GroupState.Empty
        : _coordinators.OwnClaim(groupId) is null ? GroupState.Unknown : GroupState.PreparingRebalance;

    private static bool IsWanted(GroupListing group, ListGroupsRequest request) =>
        (request.States.Count == 0 || request.States.Contains(group.State.ToString(), StringComparer.OrdinalIgnoreCase))
        && (request.Types.Count == 0 || request.Types.Contains(GroupListing.GroupType, StringComparer.OrdinalIgnoreCase));
}
