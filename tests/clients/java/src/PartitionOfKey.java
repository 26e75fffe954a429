import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The partition of a key is murmur2 of its bytes, positive, modulo the partitions; an explicit partition is obeyed. */
final class PartitionOfKey {
    // Key to its hash, as Apache's own tests list them.
    private static final Map<String, Integer> HASHES = Map.of(
        "21", -973932308, "foobar", -790332482, "a-little-bit-long-string", -985981536, "a-little-bit-longer-string", -1486304829,
        "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971, "abc", 479470107);

    private PartitionOfKey() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        String topic = prefix + "-keys";
        broker.create(topic, 7, Map.of());
        try (var producer = broker.producer(Map.of())) {
            for (var hash : HASHES.entrySet()) {
                int expected = (hash.getValue() & Integer.MAX_VALUE) % 7;
                Check.same(expected, producer.send(new ProducerRecord<>(topic, hash.getKey(), "v")).get().partition(), "partition of " + hash.getKey());
            }
            for (int partition = 0; partition < 7; partition++)
                Check.same(partition, producer.send(new ProducerRecord<>(topic, partition, "abc", "explicit")).get().partition(), "explicit partition");
        }
        int[] read = new int[1];
        try (var consumer = broker.consumer(prefix + "-reader", Map.of())) {
            consumer.subscribe(java.util.List.of(topic));
            Broker.read(consumer, record -> {
                if (record.value().equals("v"))
                    Check.same((HASHES.get(record.key()) & Integer.MAX_VALUE) % 7, record.partition(), "where " + record.key() + " lies");
                return ++read[0] == HASHES.size() + 7;
            });
        }
    }
}
