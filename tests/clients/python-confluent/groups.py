"""Members of a group."""
import threading

from confluent_kafka import KafkaException, TopicPartition

from contract import eventually, same
from steps import Sending, admin_of, consumer_of, create, read

PARTITIONS = 4


class Member:
    """A consumer on a thread of its own, until it is told to leave."""

    def __init__(self, broker, topic, group, strategy):
        self.owned = frozenset()
        self.values = []
        self.failed = None
        self._leaving = threading.Event()
        self._consumer = consumer_of(
            broker, group, enable_auto_commit=True, auto_commit_interval_ms=200, partition_assignment_strategy=strategy,
            session_timeout_ms=6000, heartbeat_interval_ms=300)
        self._consumer.subscribe([topic])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def leave(self):
        self.ask_to_leave()
        self._thread.join()

    def ask_to_leave(self):
        self._leaving.set()

    def _run(self):
        try:
            while not self._leaving.is_set():
                # One by one: librdkafka 2.0.2 commits what consume(500) was gathering when a rebalance interrupts it, and drops it.
                message = self._consumer.poll(0.1)
                while message is not None:
                    if message.error():
                        raise KafkaException(message.error())
                    self.values.append(int(message.value()))
                    message = None if self._leaving.is_set() else self._consumer.poll(0)
                self.owned = frozenset(p.partition for p in self._consumer.assignment())
        except Exception as e:  # told to whoever waits
            self.failed = e
        finally:
            self._consumer.close()
            self.owned = frozenset()


def settled(members, owners):
    """At rest: every partition has exactly one member, and as many members as can have one do."""
    for member in members:
        if member.failed:
            raise AssertionError(f"a member failed: {member.failed!r}")
    owned = [member.owned for member in members]
    return sorted(p for o in owned for p in o) == list(range(PARTITIONS)) and len([o for o in owned if o]) == owners


def rebalance_eager(broker):
    rebalance(broker, "range")


def rebalance_cooperative(broker):
    rebalance(broker, "cooperative-sticky")


def rebalance(broker, strategy):
    topic = create(broker, broker.name("shared"), PARTITIONS)
    group = broker.name("group")
    sending = Sending(broker, linger_ms=1)
    sent = 0

    def send(count):
        nonlocal sent
        for n in range(sent, sent + count):
            sending.send(topic, partition=n % PARTITIONS, value=b"%d" % n)
        sending.flush()
        sent += count

    members = []
    everyone = []

    def join(count):
        for _ in range(count):
            members.append(Member(broker, topic, group, strategy))
            everyone.append(members[-1])

    try:
        join(1)
        send(1000)
        eventually("one member owns everything", lambda: settled(members, 1))
        join(2)
        send(1000)
        eventually("three members share", lambda: settled(members, 3))
        join(3)
        send(1000)
        eventually("six members: four own one partition each, two are idle", lambda: settled(members, 4))
        members.pop(0).leave()
        send(1000)
        eventually("five members after one left", lambda: settled(members, 4))
        leaving, members = members[1:], members[:1]
        for member in leaving:
            member.ask_to_leave()
        send(1000)
        eventually("the last member owns everything again", lambda: settled(members, 1))
        eventually("every record is read", lambda: len({v for m in everyone for v in m.values}) == sent)
    finally:
        for member in everyone:
            member.leave()


def commit_resume(broker):
    topic = create(broker, broker.name("resume"), 1)
    sending = Sending(broker)
    for n in range(1000):
        sending.send(topic, value=b"%d" % n)
    sending.flush()
    one, two = broker.name("one"), broker.name("two")

    same(visit(broker, one, topic, 400), list(range(400)), "first visit")
    same(visit(broker, one, topic, 300), list(range(400, 700)), "second visit, from exactly there")
    same(visit(broker, two, topic, 1000), list(range(1000)), "another group")
    same(visit(broker, one, topic, 300), list(range(700, 1000)), "third visit")

    # What was read and not committed is read again; a commit may go back, too.
    same(visit(broker, two, topic, 0, commit_to=250), [], "commit of an older offset")
    same(visit(broker, two, topic, 10, commit=False), list(range(250, 260)), "from the older offset")
    same(visit(broker, two, topic, 10, commit=False), list(range(250, 260)), "again, for nothing was committed")

    outside = consumer_of(broker, one)
    partitions = [TopicPartition(topic, 0)]
    same(outside.committed(partitions, timeout=10)[0].offset, 1000, "committed by the first group")
    unknown = consumer_of(broker, broker.name("never-seen"))
    same(unknown.committed(partitions, timeout=10)[0].offset, -1001, "committed by a group that never was")
    outside.close()
    unknown.close()
    states = {g.id: g.state for g in admin_of(broker).list_groups(timeout=10)}
    same((states[one], states[two]), ("Empty", "Empty"), "state of groups whose members left")


def visit(broker, group, topic, count, commit=True, commit_to=None):
    """Joins, reads so many records, commits behind the last one, leaves."""
    consumer = consumer_of(broker, group, session_timeout_ms=6000)
    consumer.subscribe([topic])
    values = []
    if count:
        for message in read(consumer, lambda: len(values) >= count, seconds=20):
            if len(values) < count:
                values.append(int(message.value()))
                last = message
        if commit:
            consumer.commit(message=last, asynchronous=False)
    else:
        eventually("the member has its partition", lambda: (consumer.poll(0.1), consumer.assignment())[1])
    if commit_to is not None:
        consumer.commit(offsets=[TopicPartition(topic, 0, commit_to)], asynchronous=False)
    consumer.close()
    return values
