using CloudStream.Cluster.Brokers;
using CloudStream.Kafka.Errors;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>What is asked of the engine for one fetch request, in the order of the request, and what is refused before. Used by one request.</summary>
/// <param name="partitions">How many partitions the request is about.</param>
internal sealed class FetchPlan(int partitions)
{
    /// <summary>What the engine is asked.</summary>
    public List<PartitionFetch> Wanted { get; } = new(partitions);

    /// <summary>One for each partition of the request: its place in <see cref="Wanted"/>, or -1 and why not.</summary>
    public List<(int Wanted, KafkaError Error, PartitionLeader Leader)> Partitions { get; } = new(partitions);

    /// <summary>Whether anything is refused: then the answer does not wait.</summary>
    public bool HasErrors { get; private set; }

    public void Add(PartitionId partition, long offset, int maxBytes, PartitionLeader leader)
    {
        Partitions.Add((Wanted.Count, KafkaError.None, leader));
        Wanted.Add(new PartitionFetch(partition, offset, Math.Max(0, maxBytes)));
    }

    public void Refuse(KafkaError error, PartitionLeader leader = default)
    {
        HasErrors = true;
        Partitions.Add((-1, error, leader));
    }
}
