using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;

namespace CloudStream.Http.Topics;

/// <summary>A topic with all that can be said about it.</summary>
internal sealed record TopicDescription(TopicInfo Topic, IReadOnlyList<ConfigEntry> Config, IReadOnlyList<PartitionInfo> Partitions);
