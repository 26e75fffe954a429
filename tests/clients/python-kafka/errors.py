"""Each case ends in the client's own error for it."""
from kafka import KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import InvalidConfigurationError, InvalidPartitionsError, InvalidTopicError, MessageSizeTooLargeError, OffsetOutOfRangeError

from contract import error_of, eventually, same
from steps import admin_of, consumer_of, create, produce, read_values


def errors(broker):
    topic = create(broker, broker.name("errors"), 1)
    produce(broker, [{"topic": topic, "value": b"one"}])
    unknown_topic(broker)
    too_large(broker, topic)
    out_of_range(broker, TopicPartition(topic, 0))
    admin_errors(broker, topic)
    same(read_values(broker, topic, 0, 1), [b"one"], "the log after the errors")


def unknown_topic(broker):
    admin = admin_of(broker)
    (described,) = admin.describe_topics([broker.name("missing")])
    same(described["error_code"], 3, "an unknown topic")
    admin.close()


def too_large(broker, topic):
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, max_request_size=10_000_000, buffer_memory=50_000_000)
    future = producer.send(topic, b"x" * 3_000_000)
    error_of(lambda: future.get(20), MessageSizeTooLargeError, "too large a message")
    producer.close()


def out_of_range(broker, here):
    consumer = consumer_of(broker, auto_offset_reset="none")
    consumer.assign([here])
    consumer.seek(here, 1000)

    def refused():
        try:
            consumer.poll(timeout_ms=200)
        except OffsetOutOfRangeError:
            return True
    eventually("an offset out of range is said", refused)
    consumer.close()

    consumer = consumer_of(broker, auto_offset_reset="earliest")
    consumer.assign([here])
    consumer.seek(here, 1000)
    polled = eventually("the record at the reset offset", lambda: consumer.poll(timeout_ms=200))
    same(polled[here][0].offset, 0, "an offset out of range, reset")
    consumer.close()


def admin_errors(broker, topic):
    admin = admin_of(broker)

    def refused(name, kind, what, partitions=1, **config):
        config = {n.replace("_", "."): v for n, v in config.items()}
        error_of(lambda: admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)]), kind, what)

    refused(broker.name("not a name"), InvalidTopicError, "an invalid topic name")
    refused(broker.name("none"), InvalidPartitionsError, "no partitions", partitions=0)
    refused(broker.name("bad"), InvalidConfigurationError, "a bad config value", retention_ms="soon")
    refused(broker.name("bad"), InvalidConfigurationError, "an unknown config", no_such_config="1")
    for value in ({"retention.ms": "soon"}, {"no.such.config": "1"}):
        answer = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, value)])
        same([r[0] for r in answer.resources], [InvalidConfigurationError.errno], f"{value} by alter_configs")
    admin.close()
