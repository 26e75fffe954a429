namespace CloudStream.Cluster.Groups;

/// <summary>Committed offsets.</summary>
/// <param name="Error">None (an unknown group has no offsets, which is no error), or why there is no answer.</param>
/// <param name="Offsets">In the order of the request; for all: by topic name and partition. Empty on error.</param>
public sealed record FetchOffsetsResult(GroupError Error, IReadOnlyList<CommittedOffset> Offsets);
