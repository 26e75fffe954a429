using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>All partitions of all topics in turn, each to the next member that wants its topic.</summary>
internal sealed class RoundRobinAssignor : IAssignor
{
    /// <inheritdoc/>
    public string Name => "roundrobin";

    /// <inheritdoc/>
    public bool IsCooperative => false;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var assigned = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>(), StringComparer.Ordinal);
        var ring = members.Order(Subscriber.Order).ToList();
        var at = 0;
        foreach (var topic in members.SelectMany(m => m.Topics).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            for (var partition = 0; partition < partitionCounts.GetValueOrDefault(topic); partition++)
            {
                while (!ring[at].Topics.Contains(topic))
                    at = (at + 1) % ring.Count;
                assigned[ring[at].MemberId].Add(new TopicPartition(topic, partition));
                at = (at + 1) % ring.Count;
            }
        }

        return assigned.ToDictionary(a => a.Key, a => (IReadOnlyList<TopicPartition>)a.Value, StringComparer.Ordinal);
    }
}
