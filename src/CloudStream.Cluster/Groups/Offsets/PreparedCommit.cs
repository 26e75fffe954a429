using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;

namespace CloudStream.Cluster.Groups.Offsets;

/// <summary>A commit whose parts have been looked at one by one: what is wrong with some, and what to store of the others.</summary>
/// <param name="Errors">For each part of the request what is wrong with it, or None.</param>
/// <param name="Offsets">What to store.</param>
internal sealed record PreparedCommit(GroupError[] Errors, ImmutableSortedDictionary<PartitionId, StoredOffset> Offsets)
{
    /// <summary>The outcome when what could be stored came to <paramref name="error"/>.</summary>
    public CommitOffsetsResult Outcome(GroupError error) =>
        error == GroupError.None ? new CommitOffsetsResult(GroupError.None, Errors) : CommitOffsetsResult.Failed(error, Errors.Length);
}
