"""Retention. Kafka drops whole segments, the smallest it allows being 1 MiB; so a MiB that may go lies in front of what must stay."""
import os
import time

from confluent_kafka import TopicPartition
from confluent_kafka.admin import ConfigResource

from contract import eventually, same
from steps import Sending, admin_of, consumer_of, create, read

SIZE = 10_000
HOUR = 3_600_000


def send(broker, topic, first, count, timestamp):
    sending = Sending(broker)
    for n in range(first, first + count):
        sending.send(topic, partition=0, value=b"%06d" % n + os.urandom(SIZE - 6), timestamp=timestamp)
    sending.flush()


def watermarks(broker, topic):
    consumer = consumer_of(broker, broker.name("none"))
    found = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.close()
    return found


def trimmed(broker, topic):
    """Waits until retention has taken something, and until it is at rest: the same answer for two seconds."""
    eventually("retention takes something", lambda: watermarks(broker, topic)[0] > 0, seconds=45)
    while True:
        before = watermarks(broker, topic)
        time.sleep(2)
        if watermarks(broker, topic) == before:
            return before


def all_from(broker, topic, low, high):
    """What is left is read whole from the log start on, whatever older offset is asked for."""
    consumer = consumer_of(broker, broker.name("none"))
    consumer.assign([TopicPartition(topic, 0, 0)])
    numbers = []
    for message in read(consumer, lambda: len(numbers) >= high - low):
        same(int(message.value()[:6]), message.offset(), "record at an offset")
        numbers.append(message.offset())
    consumer.close()
    same(numbers, list(range(low, high)), "records left")


def retention_by_age(broker):
    """150 records two hours old, 50 of now, kept for one hour: no young one goes, and old ones do."""
    topic = create(broker, broker.name("aging"), 1, retention_ms="-1", segment_bytes="1048576")
    now = int(time.time() * 1000)
    send(broker, topic, 0, 150, now - 2 * HOUR)
    send(broker, topic, 150, 50, now)
    same(watermarks(broker, topic), (0, 200), "before")
    keep(broker, topic, retention_ms=str(HOUR), segment_bytes="1048576")
    low, high = trimmed(broker, topic)
    same(high, 200, "the end")
    if not 0 < low <= 150:
        raise AssertionError(f"the log starts at {low}: a record younger than an hour went")
    all_from(broker, topic, low, high)


def retention_by_size(broker):
    """4 MB in a partition that keeps 2 MB: what goes is the oldest, and no more than the excess."""
    topic = create(broker, broker.name("growing"), 1, retention_bytes="-1", segment_bytes="1048576")
    send(broker, topic, 0, 400, int(time.time() * 1000))
    same(watermarks(broker, topic), (0, 400), "before")
    keep(broker, topic, retention_bytes="2000000", segment_bytes="1048576")
    low, high = trimmed(broker, topic)
    same(high, 400, "the end")
    if (high - low) * SIZE < 1_990_000:
        raise AssertionError(f"the log starts at {low}: less than 2 MB is left")
    all_from(broker, topic, low, high)


def keep(broker, topic, **config):
    config = {name.replace("_", "."): value for name, value in config.items()}
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config=config)
    admin = admin_of(broker)  # held: its futures fail when it is collected
    admin.alter_configs([resource], request_timeout=30)[resource].result()
