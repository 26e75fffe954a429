namespace CloudStream.Cluster.Groups;

/// <summary>The outcome of leaving.</summary>
/// <param name="Error">None, or why nobody left.</param>
/// <param name="Members">For each member that was named, in that order: None, UnknownMemberId or FencedInstanceId. Empty when
/// <paramref name="Error"/> is set.</param>
public sealed record LeaveGroupResult(GroupError Error, IReadOnlyList<GroupError> Members);
