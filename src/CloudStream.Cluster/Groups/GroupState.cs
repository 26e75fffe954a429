namespace CloudStream.Cluster.Groups;

/// <summary>Where a group is in its life, in Kafka's words.</summary>
public enum GroupState
{
    /// <summary>This broker does not coordinate the group and the group has members: only its coordinator knows.</summary>
    Unknown,

    /// <summary>There is no such group.</summary>
    Dead,

    /// <summary>It has committed offsets at most, and no members.</summary>
    Empty,

    /// <summary>Its members are joining the next generation.</summary>
    PreparingRebalance,

    /// <summary>The generation is formed; the leader's assignment is awaited.</summary>
    CompletingRebalance,

    /// <summary>Every member has its assignment.</summary>
    Stable,
}
