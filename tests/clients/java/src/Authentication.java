import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SaslAuthenticationException;

/** Who the client is, by SASL PLAIN: the client's own classes, and one of the tools. */
final class Authentication {
    private Authentication() {
    }

    static void run(Broker open, String prefix) throws Exception {
        Broker alice = new Broker(open.bootstrap(), security("alice-secret"));
        String topic = prefix + "-authentication";
        alice.create(topic, 1, Map.of());
        alice.produce(topic, 0, 100, Map.of());
        alice.readAll(topic, prefix + "-reader", 100, 1);
        Check.same(List.of(topic), listedByTool(alice, topic), "topics that TopicCommand lists");

        Broker wrong = new Broker(open.bootstrap(), security("wrong"));
        try (var admin = wrong.admin()) {
            Check.refused(SaslAuthenticationException.class, () -> admin.listTopics().names().get(), "a wrong password, admin");
        }
        try (var producer = wrong.producer(Map.of())) {
            Check.refused(SaslAuthenticationException.class, () -> producer.send(new ProducerRecord<>(topic, "v")).get(), "a wrong password, producer");
        }
        try (var consumer = wrong.consumer(prefix + "-wrong", Map.of())) {
            consumer.subscribe(List.of(topic));
            Check.refused(SaslAuthenticationException.class, () -> {
                Broker.read(consumer, record -> true);
                return null;
            }, "a wrong password, consumer");
        }
    }

    private static Map<String, Object> security(String password) {
        return Map.of(
            "security.protocol", "SASL_PLAINTEXT",
            "sasl.mechanism", "PLAIN",
            "sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password=\"" + password + "\";");
    }

    private static List<String> listedByTool(Broker broker, String topic) throws Exception {
        Path config = Files.createTempFile("authentication", ".properties");
        var lines = broker.shared().entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
        Files.write(config, lines);
        var printed = new java.io.ByteArrayOutputStream();
        PrintStream terminal = System.out;
        System.setOut(new PrintStream(printed, true));
        try {
            org.apache.kafka.tools.TopicCommand.main("--bootstrap-server", broker.bootstrap(), "--command-config", config.toString(), "--list", "--topic", topic);
        } finally {
            System.setOut(terminal);
            Files.delete(config);
        }
        return printed.toString().lines().toList();
    }
}
