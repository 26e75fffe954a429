using CloudStream.Kafka.Access;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Configs;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Fetch;
using CloudStream.Kafka.Groups;
using CloudStream.Kafka.Leadership;
using CloudStream.Kafka.Offsets;
using CloudStream.Kafka.Produce;
using CloudStream.Kafka.Producers;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;

namespace CloudStream.Kafka.Apis;

/// <summary>The APIs that are answered: a new one is a handler and a line here. ApiVersions tells clients of them by itself.</summary>
internal static class Handlers
{
    /// <summary>Makes the handlers of an application's face.</summary>
    public static HandlerTable Create(KafkaFace face)
    {
        var cluster = new ClusterView(face);
        return new HandlerTable(
        [
            .. Log(face),
            .. Topics(face, cluster),
            .. Cluster(face, cluster),
            .. Groups(face, cluster),
        ]);
    }

    private static KafkaHandler[] Log(KafkaFace face) =>
    [
        new ProduceHandler(face),
        new FetchHandler(face),
        new ListOffsetsHandler(face),
        new DeleteRecordsHandler(face),
        new OffsetForLeaderEpochHandler(face),
        new InitProducerIdHandler(face),
        new DescribeProducersHandler(face),
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
