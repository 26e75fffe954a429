"""What the scenarios of kafka-python share."""
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from contract import eventually


def admin_of(broker):
    return KafkaAdminClient(bootstrap_servers=broker.bootstrap, request_timeout_ms=30_000, **broker.options)


def create(broker, topic, partitions):
    admin = admin_of(broker)
    admin.create_topics([NewTopic(topic, partitions, 1)])
    eventually(f"{topic} is listed with {partitions} partitions", lambda: partitions_of(admin, topic) == partitions)
    admin.close()
    return topic


def partitions_of(admin, topic):
    return sum(len([p for p in t["partitions"] if p["leader"] >= 0]) for t in admin.describe_topics([topic]) if t["error_code"] == 0)


def produce(broker, records, **config):
    """Sends dicts of the arguments of KafkaProducer.send; fails when one of them is not acknowledged. Gives the metadata of the last one."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, **{"linger_ms": 5, "batch_size": 200_000, **broker.options, **config})
    futures = [producer.send(**record) for record in records]
    producer.flush(45)
    acknowledged = [future.get(5) for future in futures]
    producer.close()
    return acknowledged[-1]


def consumer_of(broker, group=None, **config):
    return KafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=group, **{"auto_offset_reset": "earliest", "enable_auto_commit": False, **broker.options, **config})


def read(consumer, until, seconds=45):
    """Gives records one by one until the condition holds."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise AssertionError(f"nothing more to read, though more is expected, within {seconds} s")
        for polled in consumer.poll(timeout_ms=200, max_records=5000).values():
            yield from polled


def read_values(broker, topic, partition, count):
    """The first records of a partition, and proof that nothing is behind them."""
    consumer = consumer_of(broker)
    here = TopicPartition(topic, partition)
    consumer.assign([here])
    values = []
    for record in read(consumer, lambda: len(values) >= count):
        if record.offset != len(values):
            raise AssertionError(f"offset {record.offset} where {len(values)} is due")
        values.append(record.value)
    ends = consumer.beginning_offsets([here])[here], consumer.end_offsets([here])[here]
    if ends != (0, count):
        raise AssertionError(f"the log is {ends}, not 0..{count}")
    consumer.close()
    return values
