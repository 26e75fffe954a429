namespace CloudStream.Cluster.Groups;

/// <summary>A member joins its group, for the first time or again.</summary>
public sealed record JoinGroupRequest
{
    /// <summary>The group.</summary>
    public required string GroupId { get; init; }

    /// <summary>The member id that the coordinator gave; empty for none yet.</summary>
    public string MemberId { get; init; } = "";

    /// <summary>A static member's own lasting name (<c>group.instance.id</c>); null for a dynamic member.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>
    /// Whether a dynamic member without an id is only given one and told to come back with it (JoinGroup version 4 and up).
    /// </summary>
    public bool RequireKnownMemberId { get; init; } = true;

    /// <summary>Whether a leader that rejoins may be told that its assignment stands (JoinGroup version 9 and up).</summary>
    public bool SupportsSkippingAssignment { get; init; } = true;

    /// <summary>The client's name for itself.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>Where the client is, for descriptions.</summary>
    public string ClientHost { get; init; } = "";

    /// <summary>A member that is silent for longer is thrown out.</summary>
    public required TimeSpan SessionTimeout { get; init; }

    /// <summary>How long the member may take to join again when a new generation is formed.</summary>
    public required TimeSpan RebalanceTimeout { get; init; }

    /// <summary><c>consumer</c> for consumers, <c>connect</c> for Connect, and so on.</summary>
    public required string ProtocolType { get; init; }

    /// <summary>The protocols that the member supports, the preferred one first.</summary>
    public required IReadOnlyList<GroupProtocol> Protocols { get; init; }
}
