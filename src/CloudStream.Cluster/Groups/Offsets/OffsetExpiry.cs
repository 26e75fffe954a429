using System.Collections.Immutable;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;

namespace CloudStream.Cluster.Groups.Offsets;

/// <summary>
/// Which committed offsets have expired, by Kafka's rules: those of topics that are gone; of a group that lost its members, when that is
/// longer ago than the retention; of one that never had any, by their own age; of a consumer group with members, by their own age those of
/// topics that no member wants. Immutable.
/// </summary>
/// <param name="NowMs">The time, milliseconds since 1970.</param>
/// <param name="RetentionMs">How long offsets are kept.</param>
/// <param name="Seen">The group as it was before <paramref name="LiveTopics"/> were read: a topic that a later commit names may be
/// younger than that list.</param>
/// <param name="LiveTopics">The topics there are, by id, with their names where they are known.</param>
internal sealed record OffsetExpiry(long NowMs, long RetentionMs, StoredGroup Seen, IReadOnlyDictionary<Guid, string?> LiveTopics)
{
    /// <summary>
    /// What has expired. <paramref name="subscribed"/> are the topics that members want; null when nobody can say.
    /// </summary>
    public ImmutableSortedDictionary<PartitionId, StoredOffset> Of(StoredGroup group, IReadOnlySet<string>? subscribed) =>
        StoredGroup.NoOffsets.SetItems(Seen.Offsets.Where(o => group.Offsets.TryGetValue(o.Key, out var present) && present == o.Value
            && IsExpired(group, o.Key, o.Value, subscribed)));

    private bool IsExpired(StoredGroup group, PartitionId partition, StoredOffset entry, IReadOnlySet<string>? subscribed)
    {
        if (!LiveTopics.TryGetValue(partition.TopicId, out var name))
            return true;
        if (group.HasMembers)
            return group.ProtocolType == ConsumerProtocol.ProtocolType && name is not null && subscribed is not null
                && !subscribed.Contains(name) && IsOld(entry.CommitMs);
        return IsOld(Math.Max(entry.CommitMs, group.EmptySinceMs));
    }

    private bool IsOld(long sinceMs) => NowMs - sinceMs >= RetentionMs;
}
