using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Log.Runtime;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Offsets;

/// <summary>Between the partitions that clients name and the ids that offsets are stored under. Thread-safe.</summary>
internal sealed class OffsetPartitions(TopicCatalog topics, GroupSettings settings, BrokerRuntime runtime)
{
    /// <summary>Looks at each part of a commit.</summary>
    /// <exception cref="StoreException">Topics cannot be looked up now.</exception>
    public async ValueTask<PreparedCommit> PrepareAsync(IReadOnlyList<OffsetCommit> offsets, CancellationToken cancellationToken)
    {
        var errors = new GroupError[offsets.Count];
        var stored = StoredGroup.NoOffsets.ToBuilder();
        var now = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < errors.Length; i++)
        {
            var offset = offsets[i];
            var metadata = offset.Metadata ?? "";
            if (await FindAsync(offset.Partition, cancellationToken) is not { } id || (offset.TopicId is { } known && known != id.TopicId))
                errors[i] = GroupError.UnknownTopicOrPartition;
            else if (metadata.Length > settings.MaxMetadataChars)
                errors[i] = GroupError.OffsetMetadataTooLarge;
            else
                stored[id] = new StoredOffset(offset.Offset, Math.Max(-1, offset.LeaderEpoch), now, metadata);
        }

        return new PreparedCommit(errors, stored.ToImmutable());
    }

    /// <summary>The id of a partition; null when there is none.</summary>
    /// <exception cref="StoreException">The topic cannot be looked up now.</exception>
    public async ValueTask<PartitionId?> FindAsync(TopicPartition partition, CancellationToken cancellationToken)
    {
        if (partition.Partition < 0)
            return null;
        var topic = await topics.FindAsync(partition.Topic, cancellationToken);
        if (topic is not null && partition.Partition >= topic.PartitionCount)
            topic = await topics.ReadAsync(partition.Topic, cancellationToken); // It may have been widened a moment ago.
        return topic is null || partition.Partition >= topic.PartitionCount ? null : new PartitionId(topic.Id, partition.Partition);
    }

    /// <summary>
    /// What a group has committed for the partitions, in their order; for all that have an offset (null) by topic and partition.
    /// </summary>
    /// <exception cref="StoreException">Topics cannot be looked up now.</exception>
    public async ValueTask<IReadOnlyList<CommittedOffset>> FetchAsync(
        StoredGroup? group, IReadOnlyList<TopicPartition>? partitions, CancellationToken cancellationToken)
    {
        if (partitions is null)
            return await AllAsync(group, cancellationToken);
        var offsets = new CommittedOffset[partitions.Count];
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = group is not null && await FindAsync(partitions[i], cancellationToken) is { } id
                && group.Offsets.TryGetValue(id, out var entry)
                ? From(partitions[i], id, entry)
                : new CommittedOffset(partitions[i], GroupError.None);
        }

        return offsets;
    }

    private async ValueTask<IReadOnlyList<CommittedOffset>> AllAsync(StoredGroup? group, CancellationToken cancellationToken)
    {
        var offsets = new List<CommittedOffset>();
        foreach (var (id, entry) in group?.Offsets ?? StoredGroup.NoOffsets)
        {
            if (await topics.FindAsync(id.TopicId, cancellationToken) is { } topic)
                offsets.Add(From(new TopicPartition(topic.Name, id.Index), id, entry));
        }

        return [.. offsets.OrderBy(o => o.Partition.Topic, StringComparer.Ordinal).ThenBy(o => o.Partition.Partition)];
    }

    private static CommittedOffset From(TopicPartition partition, PartitionId id, StoredOffset entry) =>
        new(partition, GroupError.None, entry.Offset, entry.LeaderEpoch, entry.Metadata, entry.CommitMs) { TopicId = id.TopicId };
}
