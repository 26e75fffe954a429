using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Cluster;

/// <summary>Whether this broker should answer for a partition, and who should otherwise. Thread-safe.</summary>
internal sealed class PartitionLeaders(KafkaFace face, ClusterView cluster)
{
    /// <summary>The leader of a partition. Completes at once where this broker leads.</summary>
    public ValueTask<PartitionLeader> FindAsync(TopicInfo topic, int partition, CancellationToken cancellationToken) =>
        face.Broker.FindLeaderAsync(topic.Shards[partition], KafkaFace.Name, cancellationToken);

    /// <summary>Whether this broker leads.</summary>
    public bool IsHere(PartitionLeader leader) => leader.BrokerId == face.Broker.BrokerId;

    /// <summary>Whether a request meant for the leader of <paramref name="wantedEpoch"/> (-1: of any) may be answered here.</summary>
    public KafkaError Check(PartitionLeader leader, int wantedEpoch)
    {
        if (!IsHere(leader))
            return KafkaError.NotLeaderOrFollower;
        if (wantedEpoch == -1 || wantedEpoch == leader.Epoch)
            return KafkaError.None;
        return wantedEpoch < leader.Epoch ? KafkaError.FencedLeaderEpoch : KafkaError.UnknownLeaderEpoch;
    }

    /// <summary>Where clients reach the broker; null when it is not among the living.</summary>
    public KafkaNode? Find(int brokerId, in RequestContext context)
    {
        foreach (var node in cluster.Nodes(context))
        {
            if (node.Id == brokerId)
                return node;
        }

        return null;
    }
}
