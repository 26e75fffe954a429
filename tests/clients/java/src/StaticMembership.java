import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** A member with a name of its own (group.instance.id) comes back to its partitions; the others notice nothing. */
final class StaticMembership {
    private StaticMembership() {
    }

    static void run(Broker broker, String prefix) throws Exception {
        String topic = prefix + "-named";
        String group = prefix + "-group";
        broker.create(topic, 4, Map.of());
        Member first = join(broker, group, topic, "first");
        Check.eventually(4, () -> first.owned.size(), "the first member owns all");
        Member second = join(broker, group, topic, "second");
        Check.eventually("2 2", () -> first.owned.size() + " " + second.owned.size(), "each owns two");
        int before = first.assignments;
        Set<Integer> owned = second.owned;

        second.leave();
        Member back = join(broker, group, topic, "second");
        Check.eventually(owned, () -> back.owned, "the second comes back to its partitions");
        Check.same(before, first.assignments, "assignments of the first meanwhile");

        Member usurper = join(broker, group, topic, "second");
        Check.eventually(owned, () -> usurper.owned, "another process under the same name takes them");
        back.awaitEnd();
        Check.that(back.failure instanceof FencedInstanceIdException, "the former holder of the name: " + back.failure);

        usurper.leave();
        try (Admin admin = broker.admin()) {
            Check.same(Set.of("first", "second"), names(admin, group), "members, of which one is away");
            admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("second")))).all().get();
            Check.eventually(4, () -> first.owned.size(), "the first owns all again");
            Check.same(Set.of("first"), names(admin, group), "members");
        }
        first.leave();
    }

    private static Member join(Broker broker, String group, String topic, String name) {
        return new Member(broker, group, topic, Map.of("group.instance.id", name, "session.timeout.ms", 30_000), record -> { });
    }

    private static Set<String> names(Admin admin, String group) throws Exception {
        var names = new java.util.TreeSet<String>();
        admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().forEach(m -> names.add(m.groupInstanceId().orElse("")));
        return names;
    }
}
