namespace CloudStream.Cluster.Groups;

/// <summary>A member asks for its part; the leader brings everybody's.</summary>
public sealed record SyncGroupRequest
{
    /// <summary>The group.</summary>
    public required string GroupId { get; init; }

    /// <summary>The generation that the member joined.</summary>
    public required int GenerationId { get; init; }

    /// <summary>The member.</summary>
    public required string MemberId { get; init; }

    /// <summary>A static member's instance id, or null.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>
    /// The protocol type that the member takes the group to have; null to leave that unchecked (before SyncGroup version 5).
    /// </summary>
    public string? ProtocolType { get; init; }

    /// <summary>The protocol that the member takes to be elected; null to leave that unchecked.</summary>
    public string? ProtocolName { get; init; }

    /// <summary>
    /// From the leader: assignments by member id. A member that is missing gets an empty one. From others nothing is looked at.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assignments { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();
}
