namespace CloudStream.Proof.Groups;

/// <summary>A leader divided the partitions.</summary>
/// <param name="Group">The group.</param>
/// <param name="Generation">In which generation.</param>
/// <param name="Partitions">Each member's partitions, by member id.</param>
public sealed record AssignmentMade(string Group, int Generation, IReadOnlyDictionary<string, IReadOnlyList<int>> Partitions)
{
    /// <summary>The partitions that members had and keep, as the leader was told; these need not be given out.</summary>
    public IReadOnlyCollection<int> Kept { get; init; } = [];
}
