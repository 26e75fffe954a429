using CloudStream.Http.Problems;
using CloudStream.Http.Requests;

namespace CloudStream.Http.Groups.Members;

/// <summary>What a member that speaks HTTP asked for when it joined. Immutable.</summary>
internal sealed record MemberTerms
{
    public static readonly TimeSpan DefaultSessionTimeout = TimeSpan.FromSeconds(45);
    public static readonly TimeSpan DefaultRebalanceTimeout = TimeSpan.FromSeconds(60);

    private const int MaxTopics = 1000;
    private const int MaxTimeoutMs = 24 * 60 * 60 * 1000;

    public required string Group { get; init; }

    public required IReadOnlyList<string> Topics { get; init; }

    public required TimeSpan SessionTimeout { get; init; }

    public required TimeSpan RebalanceTimeout { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    /// <summary>A static member's own lasting name, or null.</summary>
    public string? InstanceId { get; init; }

    public required OffsetPolicy Policy { get; init; }

    /// <summary>Names of assignors, the preferred one first.</summary>
    public required IReadOnlyList<string> Assignors { get; init; }

    /// <summary>What the client says that it has, if it keeps its positions itself. For one join only.</summary>
    public OwnedPartitions? Owned { get; init; }

    /// <summary>Whether the member keeps its partitions while it joins.</summary>
    public bool IsCooperative => Cluster.Groups.Assignment.Assignors.AreCooperative(Assignors);

    /// <summary>Whether it wants the same topics by the same assignors.</summary>
    public bool WantsSameAs(MemberTerms other) =>
        Topics.SequenceEqual(other.Topics, StringComparer.Ordinal) && Assignors.SequenceEqual(other.Assignors, StringComparer.Ordinal);

    public static MemberTerms Read(JsonFields body, string group, string clientHost) => new()
    {
        Group = group,
        Topics = ReadTopics(body),
        SessionTimeout = Timeout(body, "sessionTimeoutMs", DefaultSessionTimeout),
        RebalanceTimeout = Timeout(body, "rebalanceTimeoutMs", DefaultRebalanceTimeout),
        ClientId = body.Text("clientId") ?? "http",
        ClientHost = clientHost,
        InstanceId = body.Text("instanceId") is { Length: > 0 } instance ? instance : null,
        Policy = body.Text("autoOffsetReset") switch
        {
            null or "latest" => OffsetPolicy.Latest,
            "earliest" => OffsetPolicy.Earliest,
            "none" => OffsetPolicy.None,
            var word => throw new RequestRejectedException(
                $"Field \"autoOffsetReset\" is \"{Excerpt.Of(word)}\"; it must be earliest, latest or none."),
        },
        Assignors = ReadAssignors(body),
        Owned = ReadOwned(body),
    };

    // Members of the other assignors have nothing while they join, whatever they say.
    private static OwnedPartitions? ReadOwned(JsonFields body)
    {
        if (OffsetFields.ReadPartitions(body, "ownedPartitions") is not { } partitions)
            return null;
        var generation = (int)(body.Integer("ownedGeneration", -1, int.MaxValue) ?? throw body.Missing("ownedGeneration"));
        return Cluster.Groups.Assignment.Assignors.AreCooperative(ReadAssignors(body))
            ? new OwnedPartitions([.. partitions.Distinct()], generation)
            : throw new RequestRejectedException("Field \"ownedPartitions\" is for members whose assignors all are cooperative.");
    }

    private static List<string> ReadTopics(JsonFields body)
    {
        var topics = body.Texts("topics") ?? throw body.Missing("topics");
        if (topics.Count is 0 or > MaxTopics || topics.Any(t => t.Length is 0 or > 249))
            throw new RequestRejectedException($"Field \"topics\" must name 1 to {MaxTopics} topics of 1 to 249 characters.");
        return [.. topics.Distinct(StringComparer.Ordinal)];
    }

    private static List<string> ReadAssignors(JsonFields body)
    {
        var names = body.Texts("assignors") ?? [.. LeaderAssignment.Names];
        foreach (var name in names)
        {
            if (!LeaderAssignment.Names.Contains(name))
                throw new RequestRejectedException(
                    $"Field \"assignors\" names \"{Excerpt.Of(name)}\"; there are {string.Join(", ", LeaderAssignment.Names)}.");
        }

        return names.Count > 0 ? names : throw new RequestRejectedException("Field \"assignors\" is empty; leave it out for all of them.");
    }

    private static TimeSpan Timeout(JsonFields body, string name, TimeSpan otherwise) =>
        body.Integer(name, 1, MaxTimeoutMs) is { } ms ? TimeSpan.FromMilliseconds(ms) : otherwise;
}
