"""Members of a group."""
import threading

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from contract import eventually, same
from steps import consumer_of, create, produce, read

PARTITIONS = 4


class Member:
    """A consumer on a thread of its own, until it is told to leave."""

    def __init__(self, broker, topic, group):
        self.owned = frozenset()
        self.values = []
        self.failed = None
        self._leaving = threading.Event()
        self._consumer = consumer_of(
            broker, group, enable_auto_commit=True, auto_commit_interval_ms=200, session_timeout_ms=6000, heartbeat_interval_ms=300)
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
                for polled in self._consumer.poll(timeout_ms=100).values():
                    self.values.extend(int(r.value) for r in polled)
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


def rebalance(broker):
    topic = create(broker, broker.name("shared"), PARTITIONS)
    group = broker.name("group")
    sent = 0

    def send(count):
        nonlocal sent
        produce(broker, ({"topic": topic, "partition": n % PARTITIONS, "value": b"%d" % n} for n in range(sent, sent + count)))
        sent += count

    members = []
    everyone = []

    def join(count):
        for _ in range(count):
            members.append(Member(broker, topic, group))
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
    here = TopicPartition(topic, 0)
    produce(broker, ({"topic": topic, "value": b"%d" % n} for n in range(1000)))
    one, two = broker.name("one"), broker.name("two")

    same(visit(broker, one, topic, 400), list(range(400)), "first visit")
    same(visit(broker, one, topic, 300), list(range(400, 700)), "second visit, from exactly there")
    same(visit(broker, two, topic, 1000), list(range(1000)), "another group")
    same(visit(broker, one, topic, 300, commit=False), list(range(700, 1000)), "third visit")
    same(visit(broker, one, topic, 300), list(range(700, 1000)), "again, for nothing was committed")

    outside = consumer_of(broker, one)
    same(outside.committed(here, metadata=True), OffsetAndMetadata(1000, "left at 1000"), "committed by the first group, with its metadata")
    outside.close()
    unknown = consumer_of(broker, broker.name("never-seen"))
    same(unknown.committed(here), None, "committed by a group that never was")
    unknown.close()


def visit(broker, group, topic, count, commit=True):
    """Joins, reads so many records, commits behind the last one, leaves."""
    consumer = consumer_of(broker, group, session_timeout_ms=6000)
    consumer.subscribe([topic])
    values = []
    for record in read(consumer, lambda: len(values) >= count, seconds=20):
        if len(values) < count:
            values.append(int(record.value))
            last = record
    if commit:
        consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(last.offset + 1, f"left at {last.offset + 1}")})
    consumer.close()
    return values
