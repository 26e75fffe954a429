namespace CloudStream.Cluster.Groups;

/// <summary>The outcome of a commit.</summary>
/// <param name="Error">None when the request as a whole was taken, whatever became of its parts; otherwise why it was not, and every part
/// has this error.</param>
/// <param name="Partitions">For each offset, in the order of the request: None (committed) or why it is not.</param>
public sealed record CommitOffsetsResult(GroupError Error, IReadOnlyList<GroupError> Partitions)
{
    /// <summary>Every part with the same error.</summary>
    internal static CommitOffsetsResult Failed(GroupError error, int count) => new(error, [.. Enumerable.Repeat(error, count)]);
}
