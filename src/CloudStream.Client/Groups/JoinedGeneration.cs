namespace CloudStream.Client.Groups;

/// <summary>What a join brought. Immutable.</summary>
/// <param name="Topics">The subscription with which the member joined.</param>
/// <param name="Partitions">Its partitions.</param>
internal sealed record JoinedGeneration(IReadOnlyList<string> Topics, IReadOnlyList<TopicPartition> Partitions);
