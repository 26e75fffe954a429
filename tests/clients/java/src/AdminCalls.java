import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;

final class AdminCalls {
    private final Broker broker;
    private final Admin admin;
    private final String topic;
    private final String group;

    private AdminCalls(Broker broker, Admin admin, String prefix) {
        this.broker = broker;
        this.admin = admin;
        topic = prefix + "-managed";
        group = prefix + "-managers";
    }

    static void run(Broker broker, String prefix) throws Exception {
        try (Admin admin = broker.admin()) {
            var calls = new AdminCalls(broker, admin, prefix);
            calls.cluster();
            calls.topics();
            calls.configs();
            calls.offsetsAndRecords();
            calls.groups();
            calls.deletion();
        }
    }

    private void cluster() throws Exception {
        var cluster = admin.describeCluster();
        Check.that(!cluster.clusterId().get().isEmpty(), "no cluster id");
        Check.that(cluster.nodes().get().stream().anyMatch(n -> n.port() > 0), "no nodes");
        Check.that(cluster.nodes().get().contains(cluster.controller().get()), "the controller is no node");
    }

    private void topics() throws Exception {
        var wanted = List.of(new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "3600000")));
        admin.createTopics(wanted, new CreateTopicsOptions().validateOnly(true)).all().get();
        Check.that(!admin.listTopics().names().get().contains(topic), "validation alone made the topic");
        var created = admin.createTopics(wanted);
        Check.same(3, created.numPartitions(topic).get(), "partitions as answered");
        Check.same("3600000", created.config(topic).get().get("retention.ms").value(), "configuration as answered");
        Check.same(created.topicId(topic).get(), describe().topicId(), "topic id");
        Check.that(admin.listTopics().names().get().contains(topic), "the topic is not listed");
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
        Check.eventually(List.of(0, 1, 2, 3, 4), () -> describe().partitions().stream().filter(p -> p.leader() != null && p.isr().contains(p.leader())).map(p -> p.partition()).toList(), "partitions with leaders");
        var defaults = admin.createTopics(List.of(new NewTopic(topic + "-defaults", java.util.Optional.empty(), java.util.Optional.empty())));
        Check.that(defaults.numPartitions(topic + "-defaults").get() > 0, "the default number of partitions");
    }

    private TopicDescription describe() throws Exception {
        // A partition a page, so that several are asked for.
        return admin.describeTopics(List.of(topic), new DescribeTopicsOptions().partitionSizeLimitPerResponse(1)).allTopicNames().get().get(topic);
    }

    private void configs() throws Exception {
        Check.same("3600000 DYNAMIC_TOPIC_CONFIG", value("retention.ms"), "as created");
        Check.same("delete DEFAULT_CONFIG", value("cleanup.policy"), "by default");
        alter(OpType.SET, "max.message.bytes", "2000000");
        Check.eventually("2000000 DYNAMIC_TOPIC_CONFIG", () -> value("max.message.bytes"), "set");
        Check.same("3600000 DYNAMIC_TOPIC_CONFIG", value("retention.ms"), "what was not named");
        alter(OpType.APPEND, "cleanup.policy", "compact");
        Check.eventually("delete,compact DYNAMIC_TOPIC_CONFIG", () -> value("cleanup.policy"), "appended");
        alter(OpType.SUBTRACT, "cleanup.policy", "compact");
        Check.eventually("delete DYNAMIC_TOPIC_CONFIG", () -> value("cleanup.policy"), "subtracted");
        alter(OpType.DELETE, "retention.ms", "");
        Check.eventually("604800000 DEFAULT_CONFIG", () -> value("retention.ms"), "deleted");
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry documented = admin.describeConfigs(List.of(resource), new org.apache.kafka.clients.admin.DescribeConfigsOptions().includeSynonyms(true)).all().get().get(resource).get("max.message.bytes");
        Check.same(ConfigEntry.ConfigType.INT, documented.type(), "type");
        Check.same("2000000", documented.synonyms().get(0).value(), "first synonym");
        var node = new ConfigResource(ConfigResource.Type.BROKER, admin.describeCluster().nodes().get().iterator().next().idString());
        Check.that(!admin.describeConfigs(List.of(node)).all().get().get(node).entries().isEmpty(), "a broker has no configuration");
    }

    private String value(String name) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry entry = admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name);
        return entry.value() + " " + entry.source();
    }

    private void alter(OpType operation, String name, String value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(new AlterConfigOp(new ConfigEntry(name, value), operation)))).all().get();
    }

    private void offsetsAndRecords() throws Exception {
        var partition = new TopicPartition(topic, 0);
        try (var producer = broker.producer(Map.of())) {
            // The greatest timestamp is not the last one's.
            for (long timestamp : new long[] {1000, 2000, 5000, 3000, 4000})
                producer.send(new ProducerRecord<>(topic, 0, Records.FIRST_TIMESTAMP + timestamp, null, "at " + timestamp));
        }
        Check.same(0L, offset(partition, OffsetSpec.earliest()), "earliest");
        Check.same(5L, offset(partition, OffsetSpec.latest()), "latest");
        Check.same(2L, offset(partition, OffsetSpec.maxTimestamp()), "greatest timestamp");
        Check.same(1L, offset(partition, OffsetSpec.forTimestamp(Records.FIRST_TIMESTAMP + 1500)), "first at or after 1500");
        Check.same(-1L, offset(partition, OffsetSpec.forTimestamp(Records.FIRST_TIMESTAMP + 6000)), "none is so late");
        Check.same(3L, admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(3))).lowWatermarks().get(partition).get().lowWatermark(), "low watermark");
        Check.same(3L, offset(partition, OffsetSpec.earliest()), "earliest afterwards");
        Check.refused(OffsetOutOfRangeException.class, () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6))).all().get(), "deleting beyond the end");
        int leader = describe().partitions().get(0).leader().id();
        Check.that(admin.describeLogDirs(List.of(leader)).allDescriptions().get().get(leader).values().stream().anyMatch(d -> d.replicaInfos().containsKey(partition)), "no log dir holds the partition");
    }

    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    private void groups() throws Exception {
        var partition = new TopicPartition(topic, 0);
        var member = new Member(broker, group, topic, Map.of("enable.auto.commit", true), record -> { });
        Check.eventually(5, () -> member.owned.size(), "the member owns all");
        Check.that(admin.listGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group) && g.protocol().equals("consumer")), "the group is not listed");
        var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        Check.same(GroupState.STABLE, described.groupState(), "state");
        Check.same("range", described.partitionAssignor(), "assignor");
        Check.same(Set.of("/127.0.0.1"), described.members().stream().map(m -> m.host()).collect(Collectors.toSet()), "hosts");
        Check.refused(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get(), "deleting a group with members");
        Check.refused(GroupSubscribedToTopicException.class, () -> admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get(), "deleting offsets that are in use");
        member.leave();

        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(4, "by hand"))).all().get();
        Check.same(new OffsetAndMetadata(4, "by hand"), committed().get(partition), "set by hand");
        admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
        Check.same(null, committed().get(partition), "deleted");
        admin.deleteConsumerGroups(List.of(group)).all().get();
        Check.that(admin.listGroups().all().get().stream().noneMatch(g -> g.groupId().equals(group)), "the deleted group is listed");
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    private void deletion() throws Exception {
        admin.deleteTopics(List.of(topic + "-defaults")).all().get();
        admin.deleteTopics(TopicCollection.ofTopicIds((Collection<org.apache.kafka.common.Uuid>) List.of(describe().topicId()))).all().get();
        Check.eventually(false, () -> admin.listTopics().names().get().stream().anyMatch(t -> t.startsWith(topic)), "topics are left");
    }
}
