namespace CloudStream.Cluster.Groups;

/// <summary>Offsets are committed: by a member, or, with a generation of -1 and no member id, for a group that has no members.</summary>
public sealed record CommitOffsetsRequest
{
    /// <summary>The group; it comes to be with its first commit.</summary>
    public required string GroupId { get; init; }

    /// <summary>The member's generation; -1 for a commit that is none of a member's.</summary>
    public int GenerationId { get; init; } = -1;

    /// <summary>The member; empty for a commit that is none of a member's.</summary>
    public string MemberId { get; init; } = "";

    /// <summary>A static member's instance id, or null.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>The offsets.</summary>
    public required IReadOnlyList<OffsetCommit> Offsets { get; init; }

    /// <summary>
    /// Take the commit even where this broker does not coordinate the group; only for commits that are none of a member's. For HTTP and
    /// tools. Kafka clients are sent to the coordinator instead. A broker without leases always does.
    /// </summary>
    public bool Anywhere { get; init; }
}
