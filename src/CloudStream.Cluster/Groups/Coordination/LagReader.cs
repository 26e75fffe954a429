using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>The places and frontiers of a topic's partitions.</summary>
internal delegate ValueTask<IReadOnlyList<PartitionInfo>> DescribePartitions(TopicInfo topic, CancellationToken cancellationToken);

/// <summary>Sets committed offsets against the ends of their logs. Thread-safe.</summary>
internal sealed class LagReader(TopicCatalog topics, DescribePartitions describe)
{
    /// <summary>
    /// Partitions that have an offset or are assigned, by topic and partition. Partitions of topics that are gone are left out.
    /// </summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<PartitionLag>> ReadAsync(
        GroupDescription group, IReadOnlyList<CommittedOffset> committed, CancellationToken cancellationToken)
    {
        var owners = OwnersOf(group);
        var offsets = committed.ToDictionary(c => c.Partition);
        var lags = new List<PartitionLag>();
        foreach (var name in owners.Keys.Concat(offsets.Keys).Select(p => p.Topic).Distinct(StringComparer.Ordinal).Order(
            StringComparer.Ordinal))
        {
            if (await topics.FindAsync(name, cancellationToken) is not { } topic)
                continue;
            foreach (var place in await describe(topic, cancellationToken))
            {
                var partition = new TopicPartition(name, place.Partition);
                var owner = owners.GetValueOrDefault(partition);
                if (offsets.TryGetValue(partition, out var offset) || owner is not null)
                    lags.Add(new PartitionLag(offset.Partition == partition ? offset : new CommittedOffset(partition, GroupError.None),
                        place.LogStartOffset, place.HighWatermark, owner));
            }
        }

        return lags;
    }

    private static Dictionary<TopicPartition, string> OwnersOf(GroupDescription group)
    {
        var owners = new Dictionary<TopicPartition, string>();
        if (group.State != GroupState.Stable || group.ProtocolType != ConsumerProtocol.ProtocolType)
            return owners;
        foreach (var member in group.Members)
        {
            if (!ConsumerAssignment.TryRead(member.Assignment.Span, out var assignment))
                continue;
            foreach (var partition in assignment.Partitions)
                owners[partition] = member.MemberId;
        }

        return owners;
    }
}
