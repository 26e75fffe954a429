using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>
/// Offsets. Reads always go to the register; changes go through the group's loop where it is coordinated here, and are a compare-and-swap
/// of their own elsewhere.
/// </summary>
internal sealed partial class GroupCoordinator
{
    /// <inheritdoc/>
    public async ValueTask<CommitOffsetsResult> CommitOffsetsAsync(CommitOffsetsRequest request, CancellationToken cancellationToken)
    {
        var result = await CommitAsync(request, cancellationToken);
        if (result.Error == GroupError.None && result.Partitions.Any(p => p == GroupError.None))
            _metrics.Committed();
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<FetchOffsetsResult> FetchOffsetsAsync(FetchOffsetsRequest request, CancellationToken cancellationToken) =>
        Refusal(request.GroupId, request.Anywhere) is { } refusal
            ? new(new FetchOffsetsResult(refusal, []))
            : _anywhere.FetchAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<DeleteOffsetsResult> DeleteOffsetsAsync(DeleteOffsetsRequest request, CancellationToken cancellationToken)
    {
        if (!IsName(request.GroupId))
            return new DeleteOffsetsResult(GroupError.InvalidGroupId, []);
        if (Refusal(request.GroupId, request.Anywhere) is { } refusal)
            return new DeleteOffsetsResult(refusal, []);
        if (_coordinators.OwnClaim(request.GroupId) is not { } claim)
            return await _anywhere.DeleteOffsetsAsync(request, cancellationToken);
        try
        {
            var exists = await _registers.ReadAsync(request.GroupId, cancellationToken) is not null;
            var ids = new List<PartitionId?>(request.Partitions.Count);
            foreach (var partition in request.Partitions)
                ids.Add(await _partitions.FindAsync(partition, cancellationToken));
            return await _table.CallAsync(
                request.GroupId,
                claim,
                () => new GroupWork<DeleteOffsetsResult>((group, reply) => group.DeleteOffsets(request.Partitions, ids, exists, reply),
                    static e => new DeleteOffsetsResult(e, [])),
                cancellationToken);
        }
        catch (StoreException e)
        {
            return new DeleteOffsetsResult(GroupFailure.Of(e), []);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<GroupError> DeleteAsync(string groupId, bool anywhere, CancellationToken cancellationToken)
    {
        if (Refusal(groupId, anywhere) is { } refusal)
            return refusal;
        if (_table.Find(groupId) is { } loaded && _coordinators.OwnClaim(groupId) is { } claim && claim == loaded.Claim)
        {
            var away = await _table.CallAsync(
                groupId, claim, static () => new GroupWork<GroupError>(static (group, reply) => group.PutAway(reply), static e => e)
                {
                    WaitsForQuiet = true
                }, cancellationToken);
            if (away != GroupError.None)
                return away;
        }

        // A member that joins at this moment writes its generation: either that comes first and the group stays, or the group goes and the
        // member makes it anew.
        return await _anywhere.DeleteAsync(groupId, cancellationToken);
    }

    private async ValueTask<CommitOffsetsResult> CommitAsync(CommitOffsetsRequest request, CancellationToken cancellationToken)
    {
        if (Refusal(request.GroupId, request.Anywhere) is { } refusal)
            return CommitOffsetsResult.Failed(refusal, request.Offsets.Count);
        if (_coordinators.OwnClaim(request.GroupId) is not { } claim)
            return await _anywhere.CommitAsync(request, cancellationToken);
        try
        {
            var commit = await _partitions.PrepareAsync(request.Offsets, cancellationToken);
            return await _table.CallAsync(
                request.GroupId, claim, () => new GroupWork<CommitOffsetsResult>(
                    (group, reply) => group.Commit(request, commit, reply), commit.Outcome), cancellationToken);
        }
        catch (StoreException e)
        {
            return CommitOffsetsResult.Failed(GroupFailure.Of(e), request.Offsets.Count);
        }
    }

    private GroupError? Refusal(string groupId, bool anywhere) =>
        GroupKeys.KeyOf(groupId) is null ? GroupError.InvalidGroupId
        : !anywhere && _coordinators.HoldsLeases && _coordinators.OwnClaim(groupId) is null ? GroupError.NotCoordinator
        : null;
}
