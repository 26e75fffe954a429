using CloudStream.Cluster;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Storage;

namespace CloudStream.Kafka.Topics;

/// <summary>
/// Finds the topics that requests name, by name or by id, and says whether this broker should answer for their partitions, and who should
/// otherwise. A store that cannot be asked is an answer, too. Thread-safe.
/// </summary>
internal sealed class TopicLookup(IBroker broker)
{
    /// <summary>The topic of a request that names it by id from some version on, by name before.</summary>
    public ValueTask<(TopicInfo? Topic, KafkaError Error)> FindAsync(
        string? name, Guid id, bool byId, CancellationToken cancellationToken) =>
            byId ? FindAsync(id, cancellationToken) : FindAsync(name ?? "", cancellationToken);

    /// <summary>The topic of this name.</summary>
    public async ValueTask<(TopicInfo? Topic, KafkaError Error)> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var topic = await broker.FindTopicAsync(name, cancellationToken);
            return (topic, topic is null ? KafkaError.UnknownTopicOrPartition : KafkaError.None);
        }
        catch (StoreException)
        {
            return (null, KafkaError.KafkaStorageError);
        }
    }

    /// <summary>The topic of this id.</summary>
    public async ValueTask<(TopicInfo? Topic, KafkaError Error)> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            var topic = await broker.FindTopicAsync(id, cancellationToken);
            return (topic, topic is null ? KafkaError.UnknownTopicId : KafkaError.None);
        }
        catch (StoreException)
        {
            return (null, KafkaError.KafkaStorageError);
        }
    }

    /// <summary>The leader of a partition. Completes at once where this broker leads.</summary>
    public ValueTask<PartitionLeader> FindLeaderAsync(TopicInfo topic, int partition, CancellationToken cancellationToken) =>
        broker.FindLeaderAsync(topic.Shards[partition], KafkaFace.Name, cancellationToken);

    /// <summary>Whether this broker leads.</summary>
    public bool IsHere(PartitionLeader leader) => leader.BrokerId == broker.BrokerId;

    /// <summary>Whether a request meant for the leader of <paramref name="wantedEpoch"/> (-1: of any) may be answered here.</summary>
    public KafkaError Check(PartitionLeader leader, int wantedEpoch)
    {
        if (!IsHere(leader))
            return KafkaError.NotLeaderOrFollower;
        if (wantedEpoch == -1 || wantedEpoch == leader.Epoch)
            return KafkaError.None;
        return wantedEpoch < leader.Epoch ? KafkaError.FencedLeaderEpoch : KafkaError.UnknownLeaderEpoch;
    }
}
