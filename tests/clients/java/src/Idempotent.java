import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import java.util.List;

final class Idempotent {
    private Idempotent() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        String topic = prefix + "-once";
        broker.create(topic, 3, Map.of());
        // Two identities, one after the other: each one's sequences begin with 0. Small batches, five in flight.
        Map<String, Object> options = Map.of("enable.idempotence", true, "acks", "all", "batch.size", 1000, "max.in.flight.requests.per.connection", 5);
        broker.produce(topic, 0, 20_000, options);
        broker.produce(topic, 20_000, 40_000, options);
        broker.readAll(topic, prefix + "-reader", 40_000, 3);
        try (Admin admin = broker.admin()) {
            var partition = new TopicPartition(topic, 0);
            int producers = admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers().size();
            Check.same(2, producers, "identities that the partition knows");
        }
    }
}
