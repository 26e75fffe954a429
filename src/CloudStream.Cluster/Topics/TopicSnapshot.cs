using System.Collections.Immutable;

namespace CloudStream.Cluster.Topics;

/// <summary>A topic as the cache holds it.</summary>
/// <param name="Info">What clients see.</param>
/// <param name="Version">Version of the register.</param>
/// <param name="Sequence">Orders what the cache learned.</param>
internal sealed record CachedTopic(TopicInfo Info, long Version, long Sequence);

/// <summary>All visible topics at one moment, by name and by id. Immutable.</summary>
internal sealed record TopicSnapshot(ImmutableDictionary<string, CachedTopic> ByName, ImmutableDictionary<Guid, TopicInfo> ById)
{
    public static TopicSnapshot Empty { get; } = new(
        ImmutableDictionary.Create<string, CachedTopic>(StringComparer.Ordinal), ImmutableDictionary<Guid, TopicInfo>.Empty);

    /// <summary>With a topic, in place of what was known under its name.</summary>
    public TopicSnapshot With(CachedTopic topic)
    {
        var byId = ByName.TryGetValue(topic.Info.Name, out var old) ? ById.Remove(old.Info.Id) : ById;
        return new TopicSnapshot(ByName.SetItem(topic.Info.Name, topic), byId.SetItem(topic.Info.Id, topic.Info));
    }

    /// <summary>Without the topic of this name.</summary>
    public TopicSnapshot Without(string name) =>
        ByName.TryGetValue(name, out var old) ? new TopicSnapshot(ByName.Remove(name), ById.Remove(old.Info.Id)) : this;
}
