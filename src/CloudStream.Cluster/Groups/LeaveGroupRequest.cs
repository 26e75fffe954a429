namespace CloudStream.Cluster.Groups;

/// <summary>Members leave, or are taken out.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Members">Who leaves.</param>
public sealed record LeaveGroupRequest(string GroupId, IReadOnlyList<LeavingMember> Members);

/// <summary>A member that leaves.</summary>
/// <param name="MemberId">Its id; empty to name a static member by its instance id alone.</param>
/// <param name="GroupInstanceId">A static member's instance id, or null.</param>
public sealed record LeavingMember(string MemberId, string? GroupInstanceId = null);
