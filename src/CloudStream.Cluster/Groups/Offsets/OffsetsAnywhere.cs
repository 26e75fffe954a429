using CloudStream.Cluster.Groups.Registers;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Offsets;

/// <summary>
/// What can be done to a group by its register alone, on any broker and in a function: the compare-and-swap is all the protection it needs,
/// and a coordinator that the change comes in between finds out by its own next one. Everything that changes a group is refused while the
/// register says that it has members. Thread-safe.
/// </summary>
internal sealed class OffsetsAnywhere(GroupRegisters registers, OffsetPartitions partitions)
{
    /// <summary>Commits for a group without members.</summary>
    public async ValueTask<CommitOffsetsResult> CommitAsync(CommitOffsetsRequest request, CancellationToken cancellationToken)
    {
        if (request.GenerationId >= 0 || request.MemberId.Length > 0 || request.GroupInstanceId is not null)
            return CommitOffsetsResult.Failed(GroupError.NotCoordinator, request.Offsets.Count);
        try
        {
            var commit = await partitions.PrepareAsync(request.Offsets, cancellationToken);
            if (commit.Entries.Count == 0)
                return commit.Outcome(GroupError.None);
            var refused = false;
            await registers.ChangeAsync(request.GroupId, null, Apply, cancellationToken);
            return commit.Outcome(refused ? GroupError.UnknownMemberId : GroupError.None);

            GroupRegister? Apply(GroupRegister group)
            {
                refused = group.HasMembers;
                return refused ? null : commit.Apply(group);
            }
        }
        catch (StoreException e)
        {
            return CommitOffsetsResult.Failed(GroupFailure.Of(e), request.Offsets.Count);
        }
    }

    /// <summary>Reads committed offsets.</summary>
    public async ValueTask<FetchOffsetsResult> FetchAsync(FetchOffsetsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var group = await registers.ReadAsync(request.GroupId, cancellationToken);
            return new FetchOffsetsResult(
                GroupError.None, await partitions.FetchAsync(group?.Register, request.Partitions, cancellationToken));
        }
        catch (StoreException e)
        {
            return new FetchOffsetsResult(GroupFailure.Of(e), []);
        }
    }

    /// <summary>Takes offsets out of a group without members.</summary>
    public async ValueTask<DeleteOffsetsResult> DeleteOffsetsAsync(DeleteOffsetsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var (ids, errors) = await FindAsync(request.Partitions, cancellationToken);
            var refused = false;
            var after = await registers.ChangeAsync(
                request.GroupId, await registers.ReadAsync(request.GroupId, cancellationToken), Apply, cancellationToken);
            return after is null ? new DeleteOffsetsResult(GroupError.GroupIdNotFound, [])
                : refused ? new DeleteOffsetsResult(GroupError.NonEmptyGroup, [])
                : new DeleteOffsetsResult(GroupError.None, errors);

            GroupRegister? Apply(GroupRegister group)
            {
                refused = group.HasMembers;
                var left = group.Offsets.RemoveRange(ids);
                return refused || left.Count == group.Offsets.Count ? null : group with { Offsets = left };
            }
        }
        catch (StoreException e)
        {
            return new DeleteOffsetsResult(GroupFailure.Of(e), []);
        }
    }

    /// <summary>Deletes a group without members.</summary>
    public async ValueTask<GroupError> DeleteAsync(string groupId, CancellationToken cancellationToken)
    {
        try
        {
            var group = await registers.ReadAsync(groupId, cancellationToken);
            if (group is null)
                return GroupError.GroupIdNotFound;
            while (group is not null)
            {
                if (group.Register.HasMembers)
                    return GroupError.NonEmptyGroup;
                group = await registers.DeleteAsync(group, cancellationToken);
            }

            return GroupError.None;
        }
        catch (StoreException e)
        {
            return GroupFailure.Of(e);
        }
    }

    /// <summary>The ids of partitions, and for each that has none UnknownTopicOrPartition.</summary>
    /// <exception cref="StoreException">Topics cannot be looked up now.</exception>
    public async ValueTask<(List<PartitionId> Ids, GroupError[] Errors)> FindAsync(
        IReadOnlyList<TopicPartition> wanted, CancellationToken cancellationToken)
    {
        var ids = new List<PartitionId>(wanted.Count);
        var errors = new GroupError[wanted.Count];
        for (var i = 0; i < errors.Length; i++)
        {
            if (await partitions.FindAsync(wanted[i], cancellationToken) is { } id)
                ids.Add(id);
            else
                errors[i] = GroupError.UnknownTopicOrPartition;
        }

        return (ids, errors);
    }
}
