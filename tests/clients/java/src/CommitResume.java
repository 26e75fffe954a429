import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

final class CommitResume {
    private CommitResume() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        String topic = prefix + "-resumed";
        var partition = new TopicPartition(topic, 0);
        broker.create(topic, 1, Map.of());
        try (var producer = broker.producer(Map.of())) {
            for (int n = 0; n < 100; n++)
                producer.send(new ProducerRecord<>(topic, "v" + n));
        }

        Check.same(40, read(broker, prefix + "-a", topic, "v39", true).size(), "records before the commit");
        try (var asks = broker.consumer(prefix + "-a", Map.of()); var stranger = broker.consumer(prefix + "-unknown", Map.of())) {
            OffsetAndMetadata committed = asks.committed(Set.of(partition)).get(partition);
            Check.same(40L, committed.offset(), "committed");
            Check.same("as far as this", committed.metadata(), "its metadata");
            Check.same(null, stranger.committed(Set.of(partition)).get(partition), "a group that never committed");
        }

        List<String> resumed = read(broker, prefix + "-a", topic, "v99", false);
        Check.same("v40 60", resumed.get(0) + " " + resumed.size(), "after the commit");
        List<String> again = read(broker, prefix + "-a", topic, "v99", true);
        Check.same("v40 60", again.get(0) + " " + again.size(), "what was read without a commit is read again");
        List<String> other = read(broker, prefix + "-b", topic, "v99", false);
        Check.same("v0 100", other.get(0) + " " + other.size(), "another group");
    }

    /** Reads values in order up to `until`, commits there if asked to, and leaves. */
    private static List<String> read(Broker broker, String group, String topic, String until, boolean commit) {
        var values = new ArrayList<String>();
        try (var consumer = broker.consumer(group, Map.of())) {
            consumer.subscribe(List.of(topic));
            Broker.read(consumer, record -> {
                values.add(record.value());
                if (!record.value().equals(until))
                    return false;
                if (commit)
                    consumer.commitSync(Map.of(new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1, "as far as this")));
                return true;
            });
        }
        return values;
    }
}
