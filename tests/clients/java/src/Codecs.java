import java.util.List;
import java.util.Map;

final class Codecs {
    private Codecs() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            String topic = prefix + "-" + codec;
            broker.create(topic, 2, Map.of());
            broker.produce(topic, 0, 2000, Map.of("compression.type", codec));
            broker.readAll(topic, topic + "-reader", 2000, 2);
        }
    }
}
