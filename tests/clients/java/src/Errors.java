import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

final class Errors {
    private Errors() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        String topic = prefix + "-small";
        broker.create(topic, 1, Map.of("max.message.bytes", "2000"));
        producing(broker, topic);
        positions(broker, prefix, topic);
        try (Admin admin = broker.admin()) {
            topics(admin, prefix, topic);
            configs(admin, prefix, topic);
            Check.refused(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(prefix + "-none")).all().get(), "deleting an unknown group");
            Check.refused(GroupIdNotFoundException.class, () -> admin.describeConsumerGroups(List.of(prefix + "-none")).all().get(), "describing an unknown group");
        }
    }

    private static void producing(Broker broker, String topic) throws Exception {
        try (var producer = broker.producer(Map.of())) {
            Check.refused(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(topic, "v".repeat(5000))).get(), "too large a record");
            Check.same(0L, producer.send(new ProducerRecord<>(topic, "small enough")).get().offset(), "offset after a refusal");
        }
    }

    private static void positions(Broker broker, String prefix, String topic) {
        var partition = new TopicPartition(topic, 0);
        try (var strict = broker.consumer(prefix + "-strict", Map.of("auto.offset.reset", "none")); var lenient = broker.consumer(prefix + "-lenient", Map.of())) {
            strict.assign(List.of(partition));
            Check.refused(NoOffsetForPartitionException.class, () -> strict.poll(Duration.ofSeconds(10)), "no position at all");
            strict.seek(partition, 1000);
            Check.refused(OffsetOutOfRangeException.class, () -> strict.poll(Duration.ofSeconds(10)), "a position beyond the end");
            lenient.assign(List.of(partition));
            lenient.seek(partition, 1000);
            Broker.read(lenient, record -> {
                Check.same(0L, record.offset(), "first offset after the reset");
                return true;
            });
        }
        try (var consumer = broker.consumer(prefix + "-unknown", Map.of("allow.auto.create.topics", false))) {
            Check.that(consumer.partitionsFor(prefix + "-unknown").isEmpty(), "an unknown topic has partitions");
        }
    }

    private static void topics(Admin admin, String prefix, String topic) {
        Check.refused(UnknownTopicOrPartitionException.class, () -> admin.describeTopics(List.of(prefix + "-unknown")).allTopicNames().get(), "an unknown topic");
        Check.refused(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(prefix + "-unknown")).all().get(), "deleting an unknown topic");
        Check.refused(TopicExistsException.class, () -> create(admin, new NewTopic(topic, 1, (short) 1)), "a topic that is there");
        Check.refused(InvalidTopicException.class, () -> create(admin, new NewTopic("not a topic name!", 1, (short) 1)), "an invalid name");
        Check.refused(InvalidTopicException.class, () -> create(admin, new NewTopic("x".repeat(250), 1, (short) 1)), "too long a name");
        Check.refused(InvalidPartitionsException.class, () -> create(admin, new NewTopic(prefix + "-bad", 0, (short) 1)), "no partitions");
        Check.refused(InvalidReplicationFactorException.class, () -> create(admin, new NewTopic(prefix + "-bad", 1, (short) 0)), "no replicas");
        Check.refused(InvalidPartitionsException.class, () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(1))).all().get(), "as many partitions as there are");
    }

    private static void configs(Admin admin, String prefix, String topic) {
        Check.refused(InvalidConfigurationException.class, () -> create(admin, new NewTopic(prefix + "-bad", 1, (short) 1).configs(Map.of("retention.ms", "soon"))), "a bad value");
        Check.refused(InvalidConfigurationException.class, () -> create(admin, new NewTopic(prefix + "-bad", 1, (short) 1).configs(Map.of("no.such.config", "1"))), "an unknown configuration");
        Check.refused(InvalidConfigurationException.class, () -> set(admin, topic, "max.message.bytes", "-5"), "a value out of range");
        Check.refused(InvalidConfigurationException.class, () -> set(admin, topic, "no.such.config", "1"), "changing an unknown configuration");
        Check.refused(UnknownTopicOrPartitionException.class, () -> set(admin, prefix + "-unknown", "retention.ms", "1000"), "configuring an unknown topic");
    }

    private static Object create(Admin admin, NewTopic topic) throws Exception {
        return admin.createTopics(List.of(topic)).all().get();
    }

    private static Object set(Admin admin, String topic, String name, String value) throws Exception {
        return admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)))).all().get();
    }
}
