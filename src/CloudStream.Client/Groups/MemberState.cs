namespace CloudStream.Client.Groups;

/// <summary>Whether a consumer may go on with its partitions.</summary>
internal enum MemberState
{
    /// <summary>It is to join, for the first time.</summary>
    Outside,

    /// <summary>Its generation stands.</summary>
    Stable,

    /// <summary>The group forms a new generation: give the partitions back, and join.</summary>
    Rebalancing,

    /// <summary>It has been thrown out: the partitions are gone; join.</summary>
    Lost,
}
