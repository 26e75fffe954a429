"""What the scenarios of confluent-kafka-python share."""
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from contract import eventually


def admin_of(broker):
    return AdminClient({"bootstrap.servers": broker.bootstrap, **dotted(broker.options)})


def dotted(config):
    return {name.replace("_", "."): value for name, value in config.items()}


def create(broker, topic, partitions, **config):
    config = dotted(config)
    admin = admin_of(broker)
    admin.create_topics([NewTopic(topic, partitions, 1, config=config)], request_timeout=30)[topic].result()
    eventually(f"{topic} is listed with {partitions} partitions", lambda: partitions_of(admin, topic) == partitions)
    return topic


def partitions_of(admin, topic):
    listed = admin.list_topics(topic, timeout=10).topics[topic]
    return 0 if listed.error else len([p for p in listed.partitions.values() if p.leader >= 0])


class Sending:
    """A producer that fails when a delivery fails, and keeps where each record went."""

    def __init__(self, broker, **config):
        self.producer = Producer({"bootstrap.servers": broker.bootstrap, "queue.buffering.max.messages": 200_000, **dotted(broker.options), **dotted(config)})
        self.failed = None
        self.delivered = 0

    def _done(self, error, message):
        if error:
            self.failed = self.failed or error
        else:
            self.delivered += 1

    def send(self, topic, **record):
        self.producer.produce(topic, on_delivery=self._done, **record)
        if self.failed:
            raise AssertionError(f"delivery failed: {self.failed}")

    def poll(self):
        self.producer.poll(0)

    def flush(self):
        left = self.producer.flush(45)
        if self.failed or left:
            raise AssertionError(f"delivery failed: {self.failed}; {left} records left")


def consumer_of(broker, group, **config):
    return Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, **dotted(broker.options), **dotted(config)})


def assigned(broker, topic, partitions, offset=0, **config):
    """A consumer without a group's help that reads from this offset on."""
    consumer = consumer_of(broker, broker.name("none"), **config)
    consumer.assign([TopicPartition(topic, p, offset) for p in range(partitions)])
    return consumer


def read(consumer, until, seconds=45):
    """Gives records one by one until the condition holds."""
    import time

    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise AssertionError(f"nothing more to read, though more is expected, within {seconds} s")
        for message in consumer.consume(5000, timeout=0.2):
            if message.error():
                raise KafkaException(message.error())
            yield message


def read_values(broker, topic, partition, count, **config):
    """The first records of a partition, and proof that nothing is behind them."""
    consumer = assigned(broker, topic, partition + 1, **config)
    consumer.assign([TopicPartition(topic, partition, 0)])
    values = []
    for message in read(consumer, lambda: len(values) >= count):
        if message.offset() != len(values):
            raise AssertionError(f"offset {message.offset()} where {len(values)} is due")
        values.append(message.value())
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
    if (low, high) != (0, count):
        raise AssertionError(f"the log is {low}..{high}, not 0..{count}")
    consumer.close()
    return values


def code_of(exception):
    """KafkaError's code of what a future or a call raised."""
    error = exception.args[0]
    return error.code() if isinstance(error, KafkaError) else None
