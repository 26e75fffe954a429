using CloudStream.Cluster.Groups.Membership;
using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>
/// Offsets. Reads rest on a look at the journal; changes go through the group's loop where it is coordinated here, and are entries that
/// count only for groups without members elsewhere.
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
        if (EpochOf(request.GroupId) is not (> 0 and var epoch))
            return await _anywhere.DeleteOffsetsAsync(request, cancellationToken);
        try
        {
            await _anywhere.ReadAsync(request.GroupId, cancellationToken); // Others may have committed to a group without members.
            var ids = new List<PartitionId?>(request.Partitions.Count);
            foreach (var partition in request.Partitions)
                ids.Add(await _partitions.FindAsync(partition, cancellationToken));
            return await _table.CallAsync(
                request.GroupId,
                epoch,
                () => new GroupWork<DeleteOffsetsResult>((group, reply) => group.DeleteOffsets(request.Partitions, ids, reply),
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
        if (EpochOf(groupId) is not (> 0 and var epoch))
            return await _anywhere.DeleteAsync(groupId, cancellationToken);
        return await _table.CallAsync(
            groupId, epoch, static () => new GroupWork<GroupError>(static (group, reply) => group.Delete(reply), static e => e)
            {
                WaitsForQuiet = true
            }, cancellationToken);
    }

    private async ValueTask<CommitOffsetsResult> CommitAsync(CommitOffsetsRequest request, CancellationToken cancellationToken)
    {
        if (Refusal(request.GroupId, request.Anywhere) is { } refusal)
            return CommitOffsetsResult.Failed(refusal, request.Offsets.Count);
        if (EpochOf(request.GroupId) is not (> 0 and var epoch))
            return await _anywhere.CommitAsync(request, cancellationToken);
        try
        {
            var commit = await _partitions.PrepareAsync(request.Offsets, cancellationToken);
            return await _table.CallAsync(
                request.GroupId, epoch, () => new GroupWork<CommitOffsetsResult>(
                    (group, reply) => group.Commit(request, commit, reply), commit.Outcome), cancellationToken);
        }
        catch (StoreException e)
        {
            return CommitOffsetsResult.Failed(GroupFailure.Of(e), request.Offsets.Count);
        }
    }

    private GroupError? Refusal(string groupId, bool anywhere) =>
        !GroupNames.IsValid(groupId) ? GroupError.InvalidGroupId
        : !anywhere && _coordinators.HoldsLeases && EpochOf(groupId) == 0 ? GroupError.NotCoordinator
        : null;
}
