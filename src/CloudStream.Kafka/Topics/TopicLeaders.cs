using CloudStream.Cluster;
using CloudStream.Cluster.Brokers;
using CloudStream.Kafka.Face;

namespace CloudStream.Kafka.Topics;

/// <summary>The leaders of shards, each asked for once: for one request that describes many partitions.</summary>
internal sealed class TopicLeaders(IBroker broker)
{
    private readonly Dictionary<int, PartitionLeader> _known = [];

    public async ValueTask<PartitionLeader> FindAsync(int shard, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(shard, out var leader))
            _known[shard] = leader = await broker.FindLeaderAsync(shard, KafkaFace.Name, cancellationToken);
        return leader;
    }
}
