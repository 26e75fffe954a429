import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of one endpoint, with settings that do not make a test wait, and those that all of them share. */
record Broker(String bootstrap, Map<String, Object> shared) {
    Broker(String bootstrap) {
        this(bootstrap, Map.of());
    }

    Admin admin() {
        var all = new HashMap<String, Object>(Map.of("bootstrap.servers", bootstrap, "request.timeout.ms", 20_000, "default.api.timeout.ms", 20_000));
        all.putAll(shared);
        return Admin.create(all);
    }

    KafkaProducer<String, String> producer(Map<String, Object> options) {
        var all = new HashMap<String, Object>(Map.of("bootstrap.servers", bootstrap, "linger.ms", 5));
        all.putAll(shared);
        all.putAll(options);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(String group, Map<String, Object> options) {
        var all = new HashMap<String, Object>(Map.of(
            "bootstrap.servers", bootstrap, "group.id", group, "auto.offset.reset", "earliest", "enable.auto.commit", false,
            "session.timeout.ms", 10_000, "heartbeat.interval.ms", 200, "fetch.max.wait.ms", 100));
        all.putAll(shared);
        all.putAll(options);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    void create(String topic, int partitions, Map<String, String> configs) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs))).all().get();
        }
    }

    /** Sends records `first` up to `end`, in order, and waits until all are acknowledged. */
    void produce(String topic, int first, int end, Map<String, Object> options) throws Exception {
        var failure = new java.util.concurrent.atomic.AtomicReference<Exception>();
        try (var producer = producer(options)) {
            for (int n = first; n < end; n++)
                producer.send(Records.at(topic, n), (metadata, e) -> failure.compareAndSet(null, e));
            producer.flush();
        }
        if (failure.get() != null)
            throw failure.get();
    }

    /** Reads until `done` is true of a record, at most 40 s. */
    static void read(KafkaConsumer<String, String> consumer, Predicate<ConsumerRecord<String, String>> done) {
        long until = System.nanoTime() + 40_000_000_000L;
        while (System.nanoTime() < until) {
            for (var record : consumer.poll(Duration.ofMillis(200))) {
                if (done.test(record))
                    return;
            }
        }
        throw new AssertionError("what is waited for did not come within 40 s");
    }

    /** Reads `topic` from its beginning and checks all of it. */
    void readAll(String topic, String group, int records, int partitions) {
        var reading = new Records(records);
        try (var consumer = consumer(group, Map.of())) {
            consumer.subscribe(List.of(topic));
            read(consumer, record -> {
                reading.see(record);
                return reading.complete();
            });
        }
        reading.finish(partitions);
    }
}
