"""Each case ends in the client's own error for it."""
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import ConfigResource, NewPartitions, NewTopic

from contract import error_of, eventually, same
from steps import Sending, admin_of, assigned, code_of, consumer_of, create, read_values


def errors(broker):
    topic = create(broker, broker.name("errors"), 1)
    sending = Sending(broker)
    sending.send(topic, value=b"one")
    sending.flush()
    unknown_topic(broker)
    too_large(broker, topic)
    out_of_range(broker, topic)
    admin_errors(broker, topic)
    same(read_values(broker, topic, 0, 1), [b"one"], "the log after the errors")


def first_error(consumer):
    """Polls until the consumer says that something is wrong."""
    def polled():
        message = consumer.poll(0.1)
        return message.error() if message else None
    error = eventually("an error", polled)
    consumer.close()
    return error.code()


def unknown_topic(broker):
    consumer = consumer_of(broker, broker.name("lost"), allow_auto_create_topics=False)
    consumer.subscribe([broker.name("missing")])
    same(first_error(consumer), KafkaError.UNKNOWN_TOPIC_OR_PART, "an unknown topic")


def too_large(broker, topic):
    outcome = []
    sending = Sending(broker, message_max_bytes=10_000_000)
    sending.producer.produce(topic, value=b"x" * 3_000_000, on_delivery=lambda error, _: outcome.append(error.code() if error else None))
    sending.producer.flush(20)
    same(outcome, [KafkaError.MSG_SIZE_TOO_LARGE], "too large a message")


def out_of_range(broker, topic):
    same(first_error(assigned(broker, topic, 1, 1000, auto_offset_reset="error")), KafkaError._AUTO_OFFSET_RESET, "an offset out of range, no reset")
    consumer = assigned(broker, topic, 1, 1000, auto_offset_reset="earliest")
    same(eventually("the record at the reset offset", lambda: consumer.poll(0.1)).offset(), 0, "an offset out of range, reset")
    consumer.close()


def admin_errors(broker, topic):
    admin = admin_of(broker)

    def refused(name, expected, what, partitions=1, **config):
        config = {n.replace("_", "."): v for n, v in config.items()}
        future = admin.create_topics([NewTopic(name, partitions, 1, config=config)], request_timeout=30)[name]
        same(code_of(error_of(future.result, KafkaException, what)), expected, what)

    refused(broker.name("not a name"), KafkaError.TOPIC_EXCEPTION, "an invalid topic name")
    refused(broker.name("x" * 250), KafkaError.TOPIC_EXCEPTION, "a topic name that is too long")
    refused(broker.name("none"), KafkaError.INVALID_PARTITIONS, "no partitions", partitions=0)
    refused(broker.name("bad"), KafkaError.INVALID_CONFIG, "a bad config value", retention_ms="soon")
    refused(broker.name("bad"), KafkaError.INVALID_CONFIG, "a config value out of its range", max_message_bytes="-5")
    refused(broker.name("bad"), KafkaError.INVALID_CONFIG, "an unknown config", no_such_config="1")

    for value in ({"retention.ms": "soon"}, {"no.such.config": "1"}):
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config=value)
        future = admin.alter_configs([resource], request_timeout=30)[resource]
        same(code_of(error_of(future.result, KafkaException, f"{value} accepted")), KafkaError.INVALID_CONFIG, f"{value} by alter_configs")
    missing = broker.name("missing")
    resource = ConfigResource(ConfigResource.Type.TOPIC, missing)
    same(code_of(error_of(admin.describe_configs([resource], request_timeout=30)[resource].result, KafkaException, "configs")), KafkaError.UNKNOWN_TOPIC_OR_PART, "configs of an unknown topic")
    future = admin.create_partitions([NewPartitions(missing, 3)], request_timeout=30)[missing]
    same(code_of(error_of(future.result, KafkaException, "partitions")), KafkaError.UNKNOWN_TOPIC_OR_PART, "partitions for an unknown topic")
