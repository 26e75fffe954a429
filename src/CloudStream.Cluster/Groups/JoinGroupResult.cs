namespace CloudStream.Cluster.Groups;

/// <summary>What a member that joined is told.</summary>
public sealed record JoinGroupResult
{
    /// <summary>None, or why the member is not in the group.</summary>
    public required GroupError Error { get; init; }

    /// <summary>The member's id; with MemberIdRequired the one to come back with.</summary>
    public string MemberId { get; init; } = "";

    /// <summary>The generation; -1 on error.</summary>
    public int GenerationId { get; init; } = -1;

    /// <summary>The group's protocol type; null on error.</summary>
    public string? ProtocolType { get; init; }

    /// <summary>The protocol that the members elected; null on error.</summary>
    public string? ProtocolName { get; init; }

    /// <summary>The member that assigns; empty on error.</summary>
    public string LeaderId { get; init; } = "";

    /// <summary>The leader need not assign: what it assigned before stands, and it gets its own part by syncing.</summary>
    public bool SkipAssignment { get; init; }

    /// <summary>For the leader all members; for everybody else none.</summary>
    public IReadOnlyList<JoinedMember> Members { get; init; } = [];

    /// <summary>A member that is not in the group.</summary>
    public static JoinGroupResult Failed(GroupError error, string memberId) => new() { Error = error, MemberId = memberId };
}
