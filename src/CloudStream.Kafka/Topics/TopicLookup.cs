using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Kafka.Topics;

/// <summary>
/// Finds the topics that requests name, by name or by id, and says whom clients should ask about their partitions. A store that cannot be
/// asked is an answer, too. Thread-safe.
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

    /// <summary>The broker that clients should ask about a partition, which any other can be asked instead of.</summary>
    public int LeaderOf(TopicInfo topic, int partition) => broker.FindLeader(new PartitionId(topic.Id, partition), KafkaFace.Name);

    /// <summary>The leader epoch of a partition.</summary>
    public int LeaderEpochOf(TopicInfo topic, int partition) => broker.LeaderEpochOf(topic, partition);

    /// <summary>Whether a request of a client that knows <paramref name="wantedEpoch"/> (-1: none) may be answered.</summary>
    public KafkaError Check(TopicInfo topic, int partition, int wantedEpoch)
    {
        if (wantedEpoch == -1)
            return KafkaError.None;
        var epoch = LeaderEpochOf(topic, partition);
        return wantedEpoch == epoch ? KafkaError.None
            : wantedEpoch < epoch ? KafkaError.FencedLeaderEpoch : KafkaError.UnknownLeaderEpoch;
    }
}
