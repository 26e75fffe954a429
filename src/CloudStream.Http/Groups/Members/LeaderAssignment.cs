using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// What a member that speaks HTTP does when it leads its group: assign partitions to all members, Kafka clients among them.
/// </summary>
/// <param name="Assignments">Assignments by member id.</param>
/// <param name="PartitionCounts">The topics that were looked at, and how many partitions each has.</param>
internal sealed record LeaderAssignment(
    IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assignments, IReadOnlyDictionary<string, int> PartitionCounts)
{
    /// <summary>The assignors that there are, the preferred one first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Assignors.All.Select(a => a.Name)];

    public static async ValueTask<LeaderAssignment> MakeAsync(IBroker broker, JoinGroupResult joined, CancellationToken cancellationToken)
    {
        var topics = Assignors.SubscribersOf(joined.Members).SelectMany(s => s.Topics);
        var counts = await TopicWatch.CountAsync(broker, topics, cancellationToken);
        return new LeaderAssignment(Assignors.Assign(joined.ProtocolName, joined.Members, counts), counts);
    }
}
