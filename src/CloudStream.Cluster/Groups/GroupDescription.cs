namespace CloudStream.Cluster.Groups;

/// <summary>A group and its members.</summary>
public sealed record GroupDescription
{
    /// <summary>None (a group that does not exist is Dead, which is no error), or why there is no answer.</summary>
    public required GroupError Error { get; init; }

    /// <summary>The group.</summary>
    public required string GroupId { get; init; }

    /// <summary>Its state. Unknown: this broker does not coordinate it and it has members.</summary>
    public GroupState State { get; init; } = GroupState.Dead;

    /// <summary>Its protocol type; empty when it has none.</summary>
    public string ProtocolType { get; init; } = "";

    /// <summary>The elected protocol; empty while none is.</summary>
    public string ProtocolName { get; init; } = "";

    /// <summary>The present generation; 0 before the first.</summary>
    public int GenerationId { get; init; }

    /// <summary>The leader; empty for none.</summary>
    public string LeaderId { get; init; } = "";

    /// <summary>The broker that coordinates the group; -1 for nobody.</summary>
    public int Coordinator { get; init; } = -1;

    /// <summary>Its members, in the order in which they joined.</summary>
    public IReadOnlyList<MemberDescription> Members { get; init; } = [];
}
