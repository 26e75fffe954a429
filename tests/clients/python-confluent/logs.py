"""Records in and out."""
import os

import records
from contract import same
from steps import Sending, assigned, create, read, read_values

PARTITIONS = 6


def produce_consume(broker):
    topic = create(broker, broker.name("records"), PARTITIONS)
    sending = Sending(broker)
    for n in range(records.COUNT):
        if n == 1:
            sending.flush()  # until librdkafka knows the partitions it may let a later record pass an earlier one
        sending.send(topic, key=records.key(n), value=records.value(n), headers=records.headers(n), timestamp=records.timestamp(n))
        if n % 1000 == 0:
            sending.poll()
    sending.flush()
    same(sending.delivered, records.COUNT, "records acknowledged")

    check = records.Check()
    consumer = assigned(broker, topic, PARTITIONS)
    for m in read(consumer, check.all_seen):
        check.see(m.partition(), m.offset(), m.key(), m.value(), m.headers(), m.timestamp()[1])
    check.finish(PARTITIONS)
    consumer.close()


def codecs(broker):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = create(broker, broker.name(codec), 1)
        sent = [b"a value that compresses well, number %d, a value that compresses well" % n for n in range(5000)]
        sent += [b"", os.urandom(200_000), b"x" * 500_000]
        sending = Sending(broker, compression_type=codec)
        for value in sent:
            sending.send(topic, value=value)
        sending.flush()
        if read_values(broker, topic, 0, len(sent)) != sent:
            raise AssertionError(f"{codec}: what came back is not what went in")


def idempotent(broker):
    topic = create(broker, broker.name("once"), 2)
    for run in range(2):  # a second producer begins with sequences of its own
        sending = Sending(broker, enable_idempotence=True, batch_num_messages=200, linger_ms=1)
        for n in range(20_000):
            sending.send(topic, partition=n % 2, value=b"%d-%d" % (run, n))
            if n % 500 == 0:
                sending.poll()
        sending.flush()
    for partition in range(2):
        expected = [b"%d-%d" % (run, n) for run in range(2) for n in range(partition, 20_000, 2)]
        if read_values(broker, topic, partition, len(expected)) != expected:
            raise AssertionError(f"partition {partition}: not each record once and in order")
