namespace CloudStream.Cluster.Groups;

/// <summary>A member's part.</summary>
/// <param name="Error">None, or why there is none.</param>
/// <param name="Assignment">What the leader assigned to the member; for consumers an assignment.</param>
/// <param name="ProtocolType">The group's protocol type; null on error.</param>
/// <param name="ProtocolName">The elected protocol; null on error.</param>
public sealed record SyncGroupResult(
    GroupError Error, ReadOnlyMemory<byte> Assignment = default, string? ProtocolType = null, string? ProtocolName = null);
