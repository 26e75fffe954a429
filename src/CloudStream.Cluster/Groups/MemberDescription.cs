namespace CloudStream.Cluster.Groups;

/// <summary>A member of a group.</summary>
/// <param name="MemberId">Its id.</param>
/// <param name="GroupInstanceId">A static member's instance id, or null.</param>
/// <param name="ClientId">The client's name for itself.</param>
/// <param name="ClientHost">Where the client is.</param>
/// <param name="Metadata">What it said for the elected protocol; empty unless the group is stable.</param>
/// <param name="Assignment">What is assigned to it; empty unless the group is stable.</param>
public sealed record MemberDescription(
    string MemberId, string? GroupInstanceId, string ClientId, string ClientHost, ReadOnlyMemory<byte> Metadata,
    ReadOnlyMemory<byte> Assignment);
