using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>Topic by topic, runs of partitions: the first members get one more where they do not divide evenly.</summary>
internal sealed class RangeAssignor : IAssignor
{
    /// <inheritdoc/>
    public string Name => "range";

    /// <inheritdoc/>
    public bool IsCooperative => false;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var assigned = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>(), StringComparer.Ordinal);
        foreach (var topic in members.SelectMany(m => m.Topics).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var takers = members.Where(m => m.Topics.Contains(topic)).Order(Subscriber.Order).ToList();
            var (each, extra) = Math.DivRem(partitionCounts.GetValueOrDefault(topic), takers.Count);
            var next = 0;
            for (var i = 0; i < takers.Count; i++)
            {
                for (var end = next + each + (i < extra ? 1 : 0); next < end; next++)
                    assigned[takers[i].MemberId].Add(new TopicPartition(topic, next));
            }
        }

        return assigned.ToDictionary(a => a.Key, a => (IReadOnlyList<TopicPartition>)a.Value, StringComparer.Ordinal);
    }
}
