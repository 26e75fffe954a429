import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A member of a group on a thread of its own; it reads until it leaves. */
final class Member implements ConsumerRebalanceListener {
    volatile Set<Integer> owned = Set.of();
    volatile String id = "";
    volatile Exception failure;
    volatile int assignments;
    volatile int revoked;
    private final KafkaConsumer<String, String> consumer;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean leaving;

    Member(Broker broker, String group, String topic, Map<String, Object> options, Consumer<ConsumerRecord<String, String>> see) {
        consumer = broker.consumer(group, options);
        consumer.subscribe(List.of(topic), this);
        new Thread(() -> read(see)).start();
    }

    private void read(Consumer<ConsumerRecord<String, String>> see) {
        try (consumer) {
            while (!leaving) {
                consumer.poll(Duration.ofMillis(50)).forEach(see);
                id = consumer.groupMetadata().memberId();
            }
        } catch (Exception e) {
            failure = e;
        } finally {
            owned = Set.of();
            closed.countDown();
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        assignments++;
        note();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        revoked += partitions.size();
        var left = new TreeSet<>(owned);
        partitions.forEach(p -> left.remove(p.partition()));
        owned = left;
    }

    private void note() {
        var now = new TreeSet<Integer>();
        consumer.assignment().forEach(p -> now.add(p.partition()));
        owned = now;
    }

    void leave() throws InterruptedException {
        leaving = true;
        closed.await();
    }

    void awaitEnd() throws InterruptedException {
        closed.await();
    }
}
