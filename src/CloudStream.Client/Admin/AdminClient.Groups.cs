using CloudStream.Client.Transport;

namespace CloudStream.Client.Admin;

/// <summary>Consumer groups, those of Kafka clients included.</summary>
public sealed partial class AdminClient
{
    /// <summary>All groups of the cluster, by name.</summary>
    public async Task<IReadOnlyList<GroupListing>> ListGroupsAsync(CancellationToken cancellationToken = default)
    {
        var groups = await _retries.RunAsync(_groups.ListAsync, isRead: true, cancellationToken);
        return [.. groups.Select(g => new GroupListing(g.Group, g.State, g.Type, g.ProtocolType))];
    }

    /// <summary>A group with its members, its committed offsets and how far it is behind.</summary>
    public async Task<GroupDescription> DescribeGroupAsync(string group, CancellationToken cancellationToken = default) =>
        GroupDescription.From(await _retries.RunAsync(token => _groups.DescribeAsync(group, token), isRead: true, cancellationToken));

    /// <summary>Deletes a group without members, and its committed offsets.</summary>
    public Task DeleteGroupAsync(string group, CancellationToken cancellationToken = default) =>
        RunAsync(token => _groups.DeleteAsync(group, token), isRepeatable: false, cancellationToken);

    /// <summary>The offsets that a group has committed; none for a group that does not exist.</summary>
    public async Task<IReadOnlyList<TopicPartitionOffset>> ListGroupOffsetsAsync(
        string group, CancellationToken cancellationToken = default)
    {
        var offsets = await _retries.RunAsync(token => _groups.ListOffsetsAsync(group, token), isRead: true, cancellationToken);
        return offsets.ConvertAll(o => new TopicPartitionOffset(o.Topic, o.Partition, o.Offset));
    }

    /// <summary>Commits offsets for a group that has no members. An offset is that of the record to read next, a number.</summary>
    public Task AlterGroupOffsetsAsync(
        string group, IEnumerable<TopicPartitionOffset> offsets, CancellationToken cancellationToken = default)
    {
        var commit = new CommitOffsetsDocument(
            [.. offsets.Select(o => new GroupOffsetDocument(o.Topic, o.Partition, o.Offset.Value, null))]);
        return RunAsync(token => _groups.AlterOffsetsAsync(group, commit, token), isRepeatable: true, cancellationToken);
    }

    /// <summary>Takes a topic's committed offsets out of a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic; no member may be subscribed to it.</param>
    /// <param name="partition">One partition; null for all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task DeleteGroupOffsetsAsync(string group, string topic, int? partition = null, CancellationToken cancellationToken = default) =>
        RunAsync(token => _groups.DeleteOffsetsAsync(group, topic, partition, token), isRepeatable: true, cancellationToken);

    /// <summary>Moves the offsets of a group that has no members.</summary>
    /// <param name="group">The group.</param>
    /// <param name="reset">Where to, and of which partitions.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The offsets before and after, also where <see cref="OffsetReset.DryRun"/> says to change nothing.</returns>
    public async Task<IReadOnlyList<OffsetMove>> ResetGroupOffsetsAsync(
        string group, OffsetReset reset, CancellationToken cancellationToken = default)
    {
        var document = reset.ToDocument();

        // By so many records twice is by twice as many.
        var answer = await _retries.RunAsync(token => _groups.ResetOffsetsAsync(group, document, token),
            isRead: reset.DryRun || document.ShiftBy is null, cancellationToken);
        return answer.Offsets.ConvertAll(o => new OffsetMove(new TopicPartition(o.Topic, o.Partition), o.Before, o.Offset));
    }

    private Task<bool> RunAsync(Func<CancellationToken, Task> attempt, bool isRepeatable, CancellationToken cancellationToken) =>
        _retries.RunAsync(
            async token =>
            {
                await attempt(token);
                return true;
            },
            isRepeatable,
            cancellationToken);
}
