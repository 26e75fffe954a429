namespace CloudStream.Proof.Groups;

/// <summary>A member was told which generation it is in.</summary>
/// <param name="Group">The group.</param>
/// <param name="Generation">The generation.</param>
/// <param name="MemberId">The member's id.</param>
/// <param name="InstanceId">A static member's instance id, or null.</param>
/// <param name="ProtocolName">What was elected.</param>
/// <param name="Members">Ids of all members, if it was told them as the leader; otherwise null.</param>
/// <param name="Invoked">Tick of the question.</param>
/// <param name="Completed">Tick of the answer.</param>
public sealed record GenerationHeard(
    string Group, int Generation, string MemberId, string? InstanceId, string? ProtocolName, IReadOnlyList<string>? Members, long Invoked,
    long Completed)
{
    /// <summary>The partitions that it had when it joined, and keeps; none where it had given everything back.</summary>
    public IReadOnlyList<int> Kept { get; init; } = [];

    /// <summary>Who it is: a static member stays the same under each new id.</summary>
    public string Identity => InstanceId ?? MemberId;
}
