import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.GroupState;

/** Members come and go while records flow: first under the eager protocol, then under the cooperative one. */
final class Rebalance {
    private static final int PARTITIONS = 4;
    private final Broker broker;
    private final String topic;
    private final String group;
    private final Map<String, Object> options;
    private final Set<Integer> seen = ConcurrentHashMap.newKeySet();
    private final List<Member> members = new ArrayList<>();
    private volatile boolean flowing = true;
    private volatile int sent;

    private Rebalance(Broker broker, String prefix, String assignor) {
        this.broker = broker;
        topic = prefix + "-flow";
        group = prefix + "-group";
        options = Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor, "enable.auto.commit", true, "auto.commit.interval.ms", 500);
    }

    static void eager(Broker broker, String prefix) throws Exception {
        new Rebalance(broker, prefix, "RangeAssignor").comeAndGo();
    }

    static void cooperative(Broker broker, String prefix) throws Exception {
        var rebalance = new Rebalance(broker, prefix, "CooperativeStickyAssignor");
        rebalance.comeAndGo();
    }

    private void comeAndGo() throws Exception {
        broker.create(topic, PARTITIONS, Map.of());
        var flow = new Thread(this::flow);
        flow.start();
        try (Admin admin = broker.admin()) {
            join();
            atRest(admin);
            join();
            atRest(admin);
            if (options.toString().contains("Cooperative"))
                Check.same(2, members.get(0).revoked, "partitions that the first member gave up, of four");
            join();
            join();
            join();
            atRest(admin);
            Check.same(1L, members.stream().filter(m -> m.owned.isEmpty()).count(), "idle members of five");
            members.remove(0).leave();
            members.remove(members.size() - 1).leave();
            atRest(admin);
            flowing = false;
            flow.join();
            Check.that(sent > 100, "only " + sent + " records flowed");
            Check.eventually(sent, seen::size, "the group reads every record");
            for (Member member : members)
                member.leave();
            Check.eventually(GroupState.EMPTY, () -> admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState(), "state");
        }
    }

    private void join() {
        members.add(new Member(broker, group, topic, options, record -> seen.add(Records.numberOf(record.value()))));
    }

    /** At rest: the coordinator's members are ours, each partition has one owner, and every member agrees. */
    private void atRest(Admin admin) throws Exception {
        var wanted = new Object() {
            @Override
            public boolean equals(Object other) {
                return other instanceof Map<?, ?> now && now.equals(ours()) && now.values().stream().mapToInt(o -> ((Set<?>) o).size()).sum() == PARTITIONS
                    && now.values().stream().flatMap(o -> ((Set<?>) o).stream()).distinct().count() == PARTITIONS;
            }

            @Override
            public int hashCode() {
                return 0;
            }
        };
        Check.eventually(wanted, () -> {
            for (Member member : members) {
                if (member.failure != null)
                    throw member.failure;
            }
            var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            if (described.groupState() != GroupState.STABLE)
                return described;
            var owners = new TreeMap<String, Set<Integer>>();
            for (var member : described.members()) {
                var partitions = new java.util.TreeSet<Integer>();
                member.assignment().topicPartitions().forEach(p -> partitions.add(p.partition()));
                owners.put(member.consumerId(), partitions);
            }
            return owners;
        }, members.size() + " members share " + PARTITIONS + " partitions");
    }

    private Map<String, Set<Integer>> ours() {
        var owners = new TreeMap<String, Set<Integer>>();
        members.forEach(m -> owners.put(m.id, m.owned));
        return owners;
    }

    private void flow() {
        try (var producer = broker.producer(Map.of())) {
            while (flowing) {
                for (int i = 0; i < 100; i++)
                    producer.send(Records.at(topic, sent++));
                producer.flush();
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
