namespace CloudStream.Proof.Groups;

/// <summary>A member was told its partitions.</summary>
/// <param name="Group">The group.</param>
/// <param name="Generation">In which generation.</param>
/// <param name="MemberId">The member's id.</param>
/// <param name="InstanceId">A static member's instance id, or null.</param>
/// <param name="Partitions">Its partitions.</param>
public sealed record AssignmentHeard(string Group, int Generation, string MemberId, string? InstanceId, IReadOnlyList<int> Partitions)
{
    /// <summary>Who it is: a static member stays the same under each new id.</summary>
    public string Identity => InstanceId ?? MemberId;
}
