namespace CloudStream.Cluster.Groups;

/// <summary>The outcome of taking offsets out.</summary>
/// <param name="Error">None, or why nothing was taken out (GroupIdNotFound, NonEmptyGroup, …).</param>
/// <param name="Partitions">For each partition, in the order of the request: None, UnknownTopicOrPartition or GroupSubscribedToTopic. Empty
/// when <paramref name="Error"/> is set.</param>
public sealed record DeleteOffsetsResult(GroupError Error, IReadOnlyList<GroupError> Partitions);
