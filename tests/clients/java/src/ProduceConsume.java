import java.util.Map;

final class ProduceConsume {
    private ProduceConsume() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        String topic = prefix + "-records";
        broker.create(topic, 6, Map.of());
        broker.produce(topic, 0, Records.COUNT, Map.of("acks", "all"));
        broker.readAll(topic, prefix + "-reader", Records.COUNT, 6);
    }
}
