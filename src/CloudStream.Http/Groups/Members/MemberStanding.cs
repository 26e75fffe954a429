using CloudStream.Engine;

namespace CloudStream.Http.Groups.Members;

/// <summary>A member's place in a generation of its group. Immutable.</summary>
/// <param name="Generation">The generation; -1 before the first.</param>
/// <param name="Assignment">Its partitions.</param>
internal sealed record MemberStanding(int Generation, IReadOnlyList<TopicPartition> Assignment)
{
    public static readonly MemberStanding Outside = new(-1, []);
}
