namespace CloudStream.Cluster.Groups;

/// <summary>Which groups to list.</summary>
public sealed record ListGroupsRequest
{
    /// <summary>Only groups in one of these states, upper and lower case alike (<c>Stable</c>, …); empty for all.</summary>
    public IReadOnlyCollection<string> States { get; init; } = [];

    /// <summary>
    /// Only groups of one of these types, upper and lower case alike; empty for all. Every group here is of type <c>classic</c>.
    /// </summary>
    public IReadOnlyCollection<string> Types { get; init; } = [];

    /// <summary>Groups that other brokers coordinate too (HTTP, tools). A broker without leases always lists all.</summary>
    public bool Anywhere { get; init; }
}
