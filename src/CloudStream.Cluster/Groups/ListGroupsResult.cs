namespace CloudStream.Cluster.Groups;

/// <summary>Groups, by name.</summary>
/// <param name="Error">None, or why there is no list.</param>
/// <param name="Groups">The groups; empty on error.</param>
public sealed record ListGroupsResult(GroupError Error, IReadOnlyList<GroupListing> Groups);

/// <summary>A group in a list.</summary>
/// <param name="GroupId">Its name.</param>
/// <param name="ProtocolType">Its protocol type; empty when only offsets were ever committed to it.</param>
/// <param name="State">Its state.</param>
public sealed record GroupListing(string GroupId, string ProtocolType, GroupState State)
{
    /// <summary>The type of every group here, in Kafka's words.</summary>
    public const string GroupType = "classic";
}
