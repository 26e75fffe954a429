using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Fetch;
using CloudStream.Kafka.Groups;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Offsets;
using CloudStream.Kafka.Produce;
using CloudStream.Kafka.Producers;
using CloudStream.Kafka.Topics;

namespace CloudStream.Kafka.Requests;

/// <summary>The handlers that exist. What clients are told in ApiVersions is this table and nothing else.</summary>
internal sealed class HandlerTable
{
    private readonly KafkaHandler?[] _byKey;

    public HandlerTable(KafkaFace face)
    {
        var cluster = new ClusterView(face);
        var leaders = new PartitionLeaders(face, cluster);
        KafkaHandler[] handlers =
        [
            new ProduceHandler(face, leaders),
            new FetchHandler(face, leaders),
            new ListOffsetsHandler(face, leaders),
            new MetadataHandler(face, cluster),
            new ApiVersionsHandler(this),
            new InitProducerIdHandler(face),
            new FindCoordinatorHandler(face, cluster),
            new JoinGroupHandler(face),
            new SyncGroupHandler(face),
            new HeartbeatHandler(face),
            new LeaveGroupHandler(face),
            new OffsetCommitHandler(face),
            new OffsetFetchHandler(face),
            new OffsetDeleteHandler(face),
            new DescribeGroupsHandler(face),
            new ListGroupsHandler(face),
            new DeleteGroupsHandler(face),
        ];
        _byKey = new KafkaHandler?[handlers.Max(h => (int)h.Key) + 1];
        foreach (var handler in handlers)
            _byKey[(int)handler.Key] = handler;
    }

    /// <summary>All handlers, in the order of their keys.</summary>
    public IEnumerable<KafkaHandler> All => _byKey.OfType<KafkaHandler>();

    /// <summary>The handler of an API; null when there is none.</summary>
    public KafkaHandler? Find(short key) => (uint)key < (uint)_byKey.Length ? _byKey[key] : null;

    /// <summary>The handler that answers this version; null when none does.</summary>
    public KafkaHandler? Find(short key, short version) => Find(key) is { } handler && version >= handler.MinVersion && version <= handler.MaxVersion ? handler : null;
}
