using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// Members keep their partitions while the group forms a generation (KIP-429): as few partitions as possible move, and one that does is
/// left out of the assignment for as long as its former owner ownership it. That one gives it back when it hears so and joins again, and
/// the generation after that assigns it. What is assigned need not be what another implementation of the assignor would assign; that a
/// partition never has two owners is common to all.
/// </summary>
internal sealed class CooperativeStickyAssignor : IAssignor
{
    /// <inheritdoc/>
    public string Name => "cooperative-sticky";

    /// <inheritdoc/>
    public bool IsCooperative => true;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var ownership = new Ownership(members);
        return StickyDivision.Of(members, partitionCounts, ownership)
            .ToDictionary(d => d.Member.MemberId, d => FreeFor(d.Member.MemberId, d.Partitions, ownership), StringComparer.Ordinal);
    }

    private static IReadOnlyList<TopicPartition> FreeFor(string member, IReadOnlyList<TopicPartition> partitions, Ownership ownership) =>
        [.. partitions.Where(p => ownership.IsFreeFor(p, member))];
}
