using System.Collections.Immutable;

namespace CloudStream.Log.Groups;

/// <summary>A member of a group's present generation. Immutable; its bytes belong to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="InstanceId">A static member's instance id, or null.</param>
/// <param name="ClientId">The client's name for itself.</param>
/// <param name="ClientHost">Where the client is, for descriptions.</param>
/// <param name="SessionTimeoutMs">How long it may be silent.</param>
/// <param name="RebalanceTimeoutMs">How long it may take to join again.</param>
/// <param name="Protocols">What it supports and subscribed to, the preferred one first.</param>
/// <param name="Assignment">What the leader assigned to it; empty before that.</param>
public sealed record StoredMember(
    string Id, string? InstanceId, string ClientId, string ClientHost, int SessionTimeoutMs, int RebalanceTimeoutMs,
    ImmutableArray<StoredProtocol> Protocols, ReadOnlyMemory<byte> Assignment);
