using CloudStream.Cluster.Groups.Registers;
using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Groups.Offsets;

/// <summary>A commit whose parts have been looked at one by one: what is wrong with some, and what to store of the others.</summary>
/// <param name="Errors">For each part of the request what is wrong with it, or None.</param>
/// <param name="Entries">What to store.</param>
internal sealed record PreparedCommit(GroupError[] Errors, IReadOnlyList<KeyValuePair<PartitionId, OffsetEntry>> Entries)
{
    /// <summary>The outcome when what could be stored came to <paramref name="error"/>.</summary>
    public CommitOffsetsResult Outcome(GroupError error) =>
        error == GroupError.None ? new CommitOffsetsResult(GroupError.None, Errors) : CommitOffsetsResult.Failed(error, Errors.Length);

    /// <summary>The register with the offsets in it.</summary>
    public GroupRegister Apply(GroupRegister group) => group with { Offsets = group.Offsets.SetItems(Entries) };
}
