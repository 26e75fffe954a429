"""What a group promises."""
import os
import signal
import subprocess
import sys

from confluent_kafka import TopicPartition

from contract import eventually, same
from groups import Member, visit
from steps import Sending, consumer_of, create, read


def filled(broker, count, partitions=1):
    topic = create(broker, broker.name("filled"), partitions)
    sending = Sending(broker)
    for n in range(count):
        sending.send(topic, partition=n % partitions, value=b"%d" % n)
    sending.flush()
    return topic


def independent_groups(broker):
    """Three groups at three paces: each reads everything, and each has its own place."""
    topic = filled(broker, 300)
    fast, slow, late = broker.name("fast"), broker.name("slow"), broker.name("late")
    same(visit(broker, fast, topic, 300), list(range(300)), "the fast group")
    same(visit(broker, slow, topic, 10), list(range(10)), "the slow group")
    same(visit(broker, slow, topic, 10), list(range(10, 20)), "the slow group again")
    same(visit(broker, late, topic, 300), list(range(300)), "the group that came late")
    same([committed(broker, group, topic) for group in (fast, slow, late)], [300, 20, 300], "places")


def committed(broker, group, topic):
    consumer = consumer_of(broker, group)
    offset = consumer.committed([TopicPartition(topic, 0)], timeout=10)[0].offset
    consumer.close()
    return offset


def with_members(broker, partitions, count, check):
    topic = filled(broker, partitions * 300, partitions)
    members = [Member(broker, topic, broker.name("group"), "range") for _ in range(count)]
    try:
        def at_rest():
            for member in members:
                if member.failed:
                    raise AssertionError(f"a member failed: {member.failed!r}")
            return sorted(p for m in members for p in m.owned) == list(range(partitions)) and check([len(m.owned) for m in members])
        eventually(f"{count} members share {partitions} partitions", at_rest)
        eventually("every record is read", lambda: len({v for m in members for v in m.values}) == partitions * 300)
    finally:
        for member in members:
            member.leave()


def one_member_per_partition(broker):
    """Two members, six partitions: three each, none twice."""
    with_members(broker, 6, 2, lambda owned: owned == [3, 3])


def idle_members(broker):
    """Five members, three partitions: three own one each, two are idle."""
    with_members(broker, 3, 5, lambda owned: sorted(owned) == [0, 0, 1, 1, 1])


def crash_before_commit(broker):
    """At least once: what was processed and not committed is processed again."""
    topic = filled(broker, 100)
    group = broker.name("crashing")
    same(crash(broker, group, topic, "commit-after", 30), list(range(30)), "processed before the crash")
    same(committed(broker, group, topic), 20, "committed before the crash")
    same(visit(broker, group, topic, 80), list(range(20, 100)), "processed after the crash: the last ten again, none left out")


def commit_before_processing(broker):
    """At most once: what was committed and not yet processed is not read again."""
    topic = filled(broker, 100)
    group = broker.name("crashing")
    same(crash(broker, group, topic, "commit-before", 30), list(range(29)), "processed before the crash")
    same(committed(broker, group, topic), 30, "committed before the crash")
    same(visit(broker, group, topic, 70), list(range(30, 100)), "processed after the crash: record 29 never, none twice")


def crash(broker, group, topic, mode, count):
    """Runs a consumer as a process of its own that kills itself; gives what it processed."""
    child = subprocess.run([sys.executable, __file__, broker.bootstrap, group, topic, mode, str(count)], stdout=subprocess.PIPE, timeout=30, check=False)
    same(child.returncode, -signal.SIGKILL, "the consumer's end")
    return [int(line) for line in child.stdout.split()]


def crashing_consumer(bootstrap, group, topic, mode, count):
    """commit-after: process, commit at 20, crash after processing record `count - 1`. commit-before: commit each, crash before processing it."""
    from contract import Broker

    consumer = consumer_of(Broker(bootstrap, group), group, session_timeout_ms=2000, heartbeat_interval_ms=300)
    consumer.subscribe([topic])
    for message in read(consumer, lambda: False, seconds=20):
        n = int(message.value())
        if mode == "commit-before":
            consumer.commit(message=message, asynchronous=False)
            if n == count - 1:
                os.kill(os.getpid(), signal.SIGKILL)
        print(n, flush=True)  # the processing
        if mode == "commit-after" and n == 19:
            consumer.commit(message=message, asynchronous=False)
        if mode == "commit-after" and n == count - 1:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    crashing_consumer(*sys.argv[1:5], int(sys.argv[5]))
