import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Records that follow from their number, and the check of what comes back. */
final class Records {
    static final int COUNT = 100_000;
    // Ten minutes ago: older ones would be for retention to take.
    static final long FIRST_TIMESTAMP = System.currentTimeMillis() - 600_000;

    private final boolean[] seen;
    private final Map<Integer, Long> next = new HashMap<>();
    private final Map<Integer, Integer> last = new HashMap<>();
    private final Map<String, Integer> partitionOfKey = new HashMap<>();
    private int read;

    Records(int expected) {
        seen = new boolean[expected];
    }

    static ProducerRecord<String, String> at(String topic, int n) {
        var record = new ProducerRecord<>(topic, null, FIRST_TIMESTAMP + n, key(n), value(n));
        record.headers().add("n", Integer.toString(n).getBytes(StandardCharsets.UTF_8)).add("kind", "checked".getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private static String key(int n) {
        return "key-" + n % 997;
    }

    private static String value(int n) {
        return n + " " + "v".repeat(n % 90);
    }

    static int numberOf(String value) {
        return Integer.parseInt(value.substring(0, value.indexOf(' ')));
    }

    /** Checks one record; the offsets of each partition must follow each other from 0. */
    void see(ConsumerRecord<String, String> record) {
        String where = record.topic() + " " + record.partition() + " at " + record.offset();
        Check.same(next.getOrDefault(record.partition(), 0L), record.offset(), where + ": offset");
        next.put(record.partition(), record.offset() + 1);
        int n = numberOf(record.value());
        Check.that(!seen[n], where + ": record " + n + " twice");
        Check.that(n > last.getOrDefault(record.partition(), -1), where + ": record " + n + " after " + last.get(record.partition()));
        seen[n] = true;
        last.put(record.partition(), n);
        read++;
        Check.same(value(n), record.value(), where + ": value");
        Check.same(key(n), record.key(), where + ": key");
        Check.same(FIRST_TIMESTAMP + n, record.timestamp(), where + ": timestamp");
        Check.same(record.partition(), partitionOfKey.computeIfAbsent(record.key(), k -> record.partition()), where + ": partition of its key");
        Header[] headers = record.headers().toArray();
        Check.same(2, headers.length, where + ": headers");
        Check.same(Integer.toString(n), new String(headers[0].value(), StandardCharsets.UTF_8), where + ": header " + headers[0].key());
        Check.same("checked", new String(headers[1].value(), StandardCharsets.UTF_8), where + ": header " + headers[1].key());
    }

    boolean complete() {
        return read == seen.length;
    }

    void finish(int partitions) {
        Check.same(seen.length, read, "records read");
        Check.same(partitions, next.size(), "partitions with records");
    }
}
