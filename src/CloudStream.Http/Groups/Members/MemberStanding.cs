using System.Collections.Frozen;
using CloudStream.Cluster.Topics;

namespace CloudStream.Http.Groups.Members;

/// <summary>A member's place in a generation of its group. Immutable.</summary>
/// <param name="Generation">The generation; -1 before the first.</param>
/// <param name="Assignment">Its partitions.</param>
internal sealed record MemberStanding(int Generation, IReadOnlyList<TopicPartition> Assignment)
{
    public static readonly MemberStanding Outside = new(-1, []);

    // The generation since which the member has had each partition without a break.
    private FrozenDictionary<TopicPartition, int> Since { get; init; } = FrozenDictionary<TopicPartition, int>.Empty;

    private FrozenDictionary<TopicPartition, int> Revoked { get; init; } = FrozenDictionary<TopicPartition, int>.Empty;

    /// <summary>Whether it has to give partitions back: they are nobody else's before it joins again without them.</summary>
    public bool MustGiveBack => Revoked.Count > 0;

    /// <summary>The next standing of a member that owned partitions when it joined.</summary>
    public MemberStanding Next(int generation, IReadOnlyList<TopicPartition> assignment, IReadOnlyList<TopicPartition> owned)
    {
        var kept = owned.Where(Since.ContainsKey).ToDictionary(p => p, p => Since[p]);
        return new MemberStanding(generation, assignment)
        {
            Since = assignment.ToFrozenDictionary(p => p, p => kept.GetValueOrDefault(p, generation)),
            Revoked = kept.Where(k => !assignment.Contains(k.Key)).ToFrozenDictionary(),
        };
    }

    /// <summary>Since when it has had the partition; null when it is not its own.</summary>
    public int? SinceOf(TopicPartition partition) => Since.TryGetValue(partition, out var since) ? since : null;

    /// <summary>Whether nobody else can have had the partition since that generation.</summary>
    public bool HasHad(TopicPartition partition, int since) =>
        (Since.TryGetValue(partition, out var own) || Revoked.TryGetValue(partition, out own)) && own == since;
}
