using CloudStream.Cluster.Topics;

namespace CloudStream.Http.Groups.Members;

/// <summary>What a member that keeps its partitions while it joins says that it has. Immutable.</summary>
/// <param name="Partitions">Its partitions.</param>
/// <param name="Generation">The generation in which it got them, -1 for none.</param>
internal sealed record OwnedPartitions(IReadOnlyList<TopicPartition> Partitions, int Generation)
{
    private static readonly OwnedPartitions s_nothing = new([], -1);

    /// <summary>What a member owns by its standing: what it was assigned and still wants, if its assignors are cooperative.</summary>
    public static OwnedPartitions Of(MemberStanding standing, MemberTerms terms) =>
        terms.IsCooperative
            ? new OwnedPartitions([.. standing.Assignment.Where(p => terms.Topics.Contains(p.Topic))], standing.Generation)
            : s_nothing;
}
