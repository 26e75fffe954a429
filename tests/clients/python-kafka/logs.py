"""Records in and out."""
import os

from kafka import TopicPartition
from kafka.codec import has_lz4, has_snappy, has_zstd

import records
from contract import NotPossible
from steps import consumer_of, create, produce, read, read_values

PARTITIONS = 6


def produce_consume(broker):
    topic = create(broker, broker.name("records"), PARTITIONS)
    produce(broker, (
        {"topic": topic, "key": records.key(n), "value": records.value(n), "headers": records.headers(n), "timestamp_ms": records.timestamp(n)}
        for n in range(records.COUNT)))
    check = records.Check()
    consumer = consumer_of(broker)
    consumer.assign([TopicPartition(topic, p) for p in range(PARTITIONS)])
    for r in read(consumer, check.all_seen):
        check.see(r.partition, r.offset, r.key, r.value, r.headers, r.timestamp)
    check.finish(PARTITIONS)
    consumer.close()


def codecs(broker):
    have = [None, "gzip"] + [name for name, has in (("snappy", has_snappy), ("lz4", has_lz4), ("zstd", has_zstd)) if has()]
    for codec in have:
        topic = create(broker, broker.name(codec or "none"), 1)
        sent = [b"a value that compresses well, number %d, a value that compresses well" % n for n in range(5000)]
        sent += [b"", os.urandom(100_000), b"x" * 200_000]
        produce(broker, ({"topic": topic, "value": value} for value in sent), compression_type=codec)
        if read_values(broker, topic, 0, len(sent)) != sent:
            raise AssertionError(f"{codec}: what came back is not what went in")


def idempotent(broker):
    raise NotPossible("kafka-python 2.0.2 has no idempotent producer")
