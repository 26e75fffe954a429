import java.util.Map;

/** java Scenario NAME BOOTSTRAP PREFIX: exit code 0 passed, 1 failed, 3 unknown. */
public final class Scenario {
    interface Body {
        void run(Broker broker, String prefix) throws Exception;
    }

    private static final Map<String, Body> ALL = Map.ofEntries(
        Map.entry("produce-consume", ProduceConsume::run),
        Map.entry("codecs", Codecs::run),
        Map.entry("group-rebalance", Rebalance::eager),
        Map.entry("cooperative", Rebalance::cooperative),
        Map.entry("static-membership", StaticMembership::run),
        Map.entry("commit-resume", CommitResume::run),
        Map.entry("idempotent", Idempotent::run),
        Map.entry("admin", AdminCalls::run),
        Map.entry("errors", Errors::run),
        Map.entry("authentication", Authentication::run),
        Map.entry("partitioner", PartitionOfKey::run),
        Map.entry("tools", Tools::run));

    private Scenario() {
    }

    public static void main(String[] args) {
        Body body = ALL.get(args[0]);
        if (body == null) {
            System.out.println("no scenario " + args[0]);
            Runtime.getRuntime().halt(3);
        }
        int code = 0;
        try {
            body.run(new Broker(args[1]), args[2]);
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
            code = 1;
        }
        System.out.flush();
        // Threads that a failure left behind must not hold up the exit.
        Runtime.getRuntime().halt(code);
    }
}
