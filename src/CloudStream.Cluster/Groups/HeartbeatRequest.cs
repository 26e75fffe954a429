namespace CloudStream.Cluster.Groups;

/// <summary>A member shows that it lives, and asks whether its generation still stands.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="GenerationId">The generation that the member is in.</param>
/// <param name="MemberId">The member.</param>
/// <param name="GroupInstanceId">A static member's instance id, or null.</param>
public sealed record HeartbeatRequest(string GroupId, int GenerationId, string MemberId, string? GroupInstanceId = null);
