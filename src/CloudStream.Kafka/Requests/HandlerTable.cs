using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Configs;
using CloudStream.Kafka.Fetch;
using CloudStream.Kafka.Groups;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Offsets;
using CloudStream.Kafka.Produce;
using CloudStream.Kafka.Producers;
using CloudStream.Kafka.Security;
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
            .. Log(face, leaders),
            .. Topics(face, cluster),
            .. Cluster(face, cluster),
            .. Groups(face, cluster),
            new ApiVersionsHandler(this),
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

    private static KafkaHandler[] Log(KafkaFace face, PartitionLeaders leaders) =>
    [
        new ProduceHandler(face, leaders),
        new FetchHandler(face, leaders),
        new ListOffsetsHandler(face, leaders),
        new DeleteRecordsHandler(face, leaders),
        new OffsetForLeaderEpochHandler(face, leaders),
        new InitProducerIdHandler(face),
        new DescribeProducersHandler(face, leaders),
    ];

    private static KafkaHandler[] Topics(KafkaFace face, ClusterView cluster) =>
    [
        new MetadataHandler(face, cluster),
        new DescribeTopicPartitionsHandler(face),
        new CreateTopicsHandler(face),
        new DeleteTopicsHandler(face),
        new CreatePartitionsHandler(face),
        new DescribeConfigsHandler(face),
        new AlterConfigsHandler(face),
        new IncrementalAlterConfigsHandler(face),
        new ListConfigResourcesHandler(face),
    ];

    private static KafkaHandler[] Cluster(KafkaFace face, ClusterView cluster) =>
    [
        new DescribeClusterHandler(face, cluster),
        new DescribeLogDirsHandler(face),
        new ElectLeadersHandler(face),
        new AlterPartitionReassignmentsHandler(face),
        new ListPartitionReassignmentsHandler(),
        new SaslHandshakeHandler(),
        new SaslAuthenticateHandler(face),
        new DescribeAclsHandler(),
        new CreateAclsHandler(),
        new DeleteAclsHandler(),
    ];

    private static KafkaHandler[] Groups(KafkaFace face, ClusterView cluster) =>
    [
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
}
