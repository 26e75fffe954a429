"""What a topic promises."""
import pathlib
import threading

from confluent_kafka import TopicPartition

from contract import eventually, same
from records import START
from steps import Sending, assigned, consumer_of, create, read, read_values


def sequential_offsets(broker):
    """Four producers at once: the offsets acknowledged and those read are 0, 1, 2 … in each partition, each once."""
    partitions, count = 3, 5000
    topic = create(broker, broker.name("numbered"), partitions)
    acknowledged = [[] for _ in range(partitions)]

    def produce(producer):
        sending = Sending(broker, linger_ms=1)
        for n in range(count):
            sending.producer.produce(topic, b"%d-%d" % (producer, n), partition=n % partitions, on_delivery=lambda error, m: acknowledged[m.partition()].append((m.offset(), m.value())))
            if n % 100 == 0:
                sending.poll()
        sending.flush()

    producers = [threading.Thread(target=produce, args=(p,)) for p in range(4)]
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    same(sum(len(a) for a in acknowledged), 4 * count, "records acknowledged")
    for partition, answers in enumerate(acknowledged):
        answers.sort()
        same([offset for offset, _ in answers], list(range(len(answers))), f"offsets acknowledged in partition {partition}")
        if read_values(broker, topic, partition, len(answers)) != [value for _, value in answers]:
            raise AssertionError(f"partition {partition}: what is read at an offset is not what was acknowledged with it")


def same_key(broker):
    """Same key, same partition, and the one that the Java client computes: java-partitions.tsv holds what it said."""
    lines = (pathlib.Path(__file__).parent / "java-partitions.tsv").read_text().splitlines()
    counts = [int(c) for c in lines[0].split("\t")[1:]]
    for column, partitions in enumerate(counts, 1):
        topic = create(broker, broker.name(f"of-{partitions}"), partitions)
        expected = {bytes.fromhex(line.split("\t")[0]): int(line.split("\t")[column]) for line in lines[1:]}
        sending = Sending(broker, partitioner="murmur2_random")
        for _ in range(3):
            for key in expected:
                sending.send(topic, key=key, value=b"v")
        sending.flush()
        found = {key: [] for key in expected}
        consumer = assigned(broker, topic, partitions)
        for message in read(consumer, lambda: sum(len(p) for p in found.values()) >= 3 * len(expected)):
            found[message.key()].append(message.partition())
        consumer.close()
        same(found, {key: [partition] * 3 for key, partition in expected.items()}, f"partitions of {partitions}")


def no_key(broker):
    """Records without a key use every partition, and about evenly."""
    partitions, count = 6, 12_000
    topic = create(broker, broker.name("spread"), partitions)
    sending = Sending(broker, sticky_partitioning_linger_ms=0, linger_ms=1)
    for _ in range(count):
        sending.send(topic, value=b"v")
    sending.flush()
    consumer = consumer_of(broker, broker.name("none"))
    ends = [consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in range(partitions)]
    consumer.close()
    same(sum(ends), count, "records in all partitions")
    if min(ends) < count / partitions / 2:
        raise AssertionError(f"records per partition: {ends}")


def explicit_partition(broker):
    """The partition that the producer names is obeyed, whatever the key."""
    topic = create(broker, broker.name("named"), 4)
    sending = Sending(broker)
    for n in range(1000):
        sending.send(topic, partition=n % 4, key=b"one key", value=b"%d" % n)
    sending.flush()
    for partition in range(4):
        same(read_values(broker, topic, partition, 250), [b"%d" % n for n in range(partition, 1000, 4)], f"partition {partition}")


def order(broker):
    """Per partition, records are read in the order in which they were produced, through small and large batches of every codec."""
    partitions = 3
    topic = create(broker, broker.name("ordered"), partitions)
    sent = 0
    for codec, batch in (("none", 1), ("lz4", 10), ("gzip", 1000), ("zstd", 100), ("snappy", 7)):
        sending = Sending(broker, compression_type=codec, batch_num_messages=batch, linger_ms=1)
        for n in range(sent, sent + 3000):
            if n == sent + 1:
                sending.flush()  # until librdkafka knows the partitions it may let a later record pass an earlier one
            sending.send(topic, partition=n % partitions, value=b"%d" % n)
            if n % 500 == 0:
                sending.poll()
        sending.flush()
        sent += 3000
    for partition in range(partitions):
        same(read_values(broker, topic, partition, sent // partitions), [b"%d" % n for n in range(partition, sent, partitions)], f"partition {partition}")


def stays_after_reading(broker):
    """Reading and committing take nothing away."""
    topic = create(broker, broker.name("kept"), 1)
    sending = Sending(broker)
    for n in range(100):
        sending.send(topic, value=b"%d" % n)
    sending.flush()
    expected = [b"%d" % n for n in range(100)]
    group = broker.name("readers")
    first = consumer_of(broker, group)
    first.assign([TopicPartition(topic, 0, 0)])
    values = []
    for message in read(first, lambda: len(values) >= 100):
        values.append(message.value())
    first.commit(offsets=[TopicPartition(topic, 0, 100)], asynchronous=False)
    first.close()
    same(values, expected, "first reader")
    same(read_values(broker, topic, 0, 100), expected, "second reader, after the commit")
    same(read_values(broker, topic, 0, 100), expected, "third reader")


def numbered(broker, topic, times):
    """One record per time, so that number = offset."""
    topic = create(broker, broker.name(topic), 1)
    sending = Sending(broker)
    for n, at in enumerate(times):
        sending.send(topic, partition=0, value=b"%d" % n, timestamp=at)
    sending.flush()
    return topic


def older_offset(broker):
    """A reader begins wherever it says, and may go back."""
    topic = numbered(broker, "steps", [START + n for n in range(1000)])
    consumer = consumer_of(broker, broker.name("none"))
    for start in (500, 0, 999, 17):
        consumer.assign([TopicPartition(topic, 0, start)])
        message = eventually("a record", lambda: consumer.poll(0.1))
        same((message.error(), message.offset(), message.value()), (None, start, b"%d" % start), f"from offset {start}")
    consumer.seek(TopicPartition(topic, 0, 3))
    eventually("the record sought", lambda: (m := consumer.poll(0.1)) is not None and m.offset() == 3)
    consumer.close()


def time(broker):
    """A reader begins at the first record at or after a time."""
    topic = numbered(broker, "times", [START + 1000 * n for n in range(100)])
    consumer = consumer_of(broker, broker.name("none"))

    def offset_at(milliseconds):
        return consumer.offsets_for_times([TopicPartition(topic, 0, milliseconds)], timeout=10)[0].offset

    same(offset_at(0), 0, "before everything")
    same(offset_at(START + 40_000), 40, "at a record's time")
    same(offset_at(START + 40_001), 41, "between two records")
    same(offset_at(START + 99_000), 99, "at the last record's time")
    same(offset_at(START + 99_001), -1, "behind everything: the end")
    consumer.assign([TopicPartition(topic, 0, offset_at(START + 69_500))])
    message = eventually("a record", lambda: consumer.poll(0.1))
    same((message.offset(), message.timestamp()[1]), (70, START + 70_000), "the first record read from a time on")
    consumer.close()


def acks(broker):
    """With acks 1 and all the offset is acknowledged; with 0 nothing is, and the record is there all the same."""
    topic = create(broker, broker.name("acks"), 1)
    offsets = []
    for n, acks in enumerate(("all", "1", "0", "all")):
        sending = Sending(broker, acks=acks)
        sending.producer.produce(topic, value=acks.encode(), partition=0, on_delivery=lambda error, m: offsets.append((str(error) if error else None, m.offset())))
        sending.flush()
        eventually("the record is in the log", lambda: read_end(broker, topic) == n + 1)
    # With acks=0 the broker does not answer: no offset.
    same([(error, offset) for error, offset in offsets[:2] + offsets[3:]], [(None, 0), (None, 1), (None, 3)], "acknowledged")
    same((offsets[2][0], (offsets[2][1] or -1) < 0), (None, True), "acks=0")
    same(read_values(broker, topic, 0, 4), [b"all", b"1", b"0", b"all"], "the log")


def read_end(broker, topic):
    consumer = consumer_of(broker, broker.name("none"))
    _, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.close()
    return high
