namespace CloudStream.Cluster.Groups;

/// <summary>A member as the leader sees it.</summary>
/// <param name="MemberId">Its id.</param>
/// <param name="GroupInstanceId">A static member's instance id, or null.</param>
/// <param name="Metadata">What it said for the elected protocol.</param>
public sealed record JoinedMember(string MemberId, string? GroupInstanceId, ReadOnlyMemory<byte> Metadata);
