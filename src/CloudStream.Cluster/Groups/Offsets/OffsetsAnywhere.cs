using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Log.Shards;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Offsets;

/// <summary>
/// What can be done to a group by anybody, on any broker and in a function: by the same entries that coordinators write, which count only
/// while the group has no members. Thread-safe.
/// </summary>
internal sealed class OffsetsAnywhere(Func<string, Shard> shardOf, OffsetPartitions partitions, TimeProvider time)
{
    // The epoch of nobody.
    private const int NoEpoch = 0;

    /// <summary>Commits for a group without members.</summary>
    public async ValueTask<CommitOffsetsResult> CommitAsync(CommitOffsetsRequest request, CancellationToken cancellationToken)
    {
        if (request.GenerationId >= 0 || request.MemberId.Length > 0 || request.GroupInstanceId is not null)
            return CommitOffsetsResult.Failed(GroupError.NotCoordinator, request.Offsets.Count);
        try
        {
            var commit = await partitions.PrepareAsync(request.Offsets, cancellationToken);
            if (commit.Offsets.Count == 0)
                return commit.Outcome(GroupError.None);
            var error = await WriteAsync(new OffsetsCommitted(request.GroupId, commit.Offsets), cancellationToken);
            return commit.Outcome(error == GroupError.NonEmptyGroup ? GroupError.UnknownMemberId : error);
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
            var group = await ReadAsync(request.GroupId, cancellationToken);
            return new FetchOffsetsResult(
                GroupError.None, await partitions.FetchAsync(group, request.Partitions, cancellationToken));
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
            var error = await WriteAsync(new OffsetsDeleted(request.GroupId, [.. ids]), cancellationToken);
            return new DeleteOffsetsResult(error, error == GroupError.None ? errors : []);
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
            return await WriteAsync(new GroupDeleted(groupId), cancellationToken);
        }
        catch (StoreException e)
        {
            return GroupFailure.Of(e);
        }
    }

    /// <summary>A group as it is now, read strongly; null for none.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<StoredGroup?> ReadAsync(string groupId, CancellationToken cancellationToken)
    {
        var shard = shardOf(groupId);
        await GroupPatience.ProveAsync(shard, time, cancellationToken);
        return shard.FindGroup(groupId);
    }

    private ValueTask<GroupError> WriteAsync(GroupChange change, CancellationToken cancellationToken) =>
        GroupPatience.SettleAsync(shardOf(change.Group).Write(NoEpoch, change, isUrgent: false), time, cancellationToken);

    private async ValueTask<(List<PartitionId> Ids, GroupError[] Errors)> FindAsync(
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
