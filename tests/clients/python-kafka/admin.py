"""Topics, their configuration, groups."""
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import InvalidPartitionsError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from contract import error_of, eventually, same
from steps import admin_of, consumer_of, partitions_of, produce, read


def admin(broker):
    admin = admin_of(broker)
    topics(broker, admin)
    configuration(broker, admin)
    groups(broker, admin)
    removal(broker, admin)
    admin.close()


def topics(broker, admin):
    topic, other = broker.name("made"), broker.name("only-checked")
    admin.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "3600000", "cleanup.policy": "compact"})])
    error_of(lambda: admin.create_topics([NewTopic(topic, 3, 1)]), TopicAlreadyExistsError, "a topic made twice")
    admin.create_topics([NewTopic(other, 3, 1)], validate_only=True)
    eventually("the topic has three partitions", lambda: partitions_of(admin, topic) == 3)
    listed = admin.list_topics()
    same((topic in listed, other in listed), (True, False), "listed")
    admin.create_partitions({topic: NewPartitions(5)})
    eventually("five partitions", lambda: partitions_of(admin, topic) == 5)
    error_of(lambda: admin.create_partitions({topic: NewPartitions(2)}), InvalidPartitionsError, "fewer partitions")
    cluster = admin.describe_cluster()
    same(cluster["controller_id"] in [b["node_id"] for b in cluster["brokers"]], True, "the controller is a listed broker")


def configuration(broker, admin):
    topic = broker.name("made")
    configs = configs_of(admin, topic)
    same((configs["retention.ms"], configs["cleanup.policy"], configs["max.message.bytes"]), ("3600000", "compact", "1048588"), "configs")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "7200000"})])
    eventually("the change is described", lambda: configs_of(admin, topic)["retention.ms"] == "7200000")
    same(configs_of(admin, topic)["cleanup.policy"], "delete", "a config that was not named again")


def configs_of(admin, topic):
    (answer,) = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((code, message, _, name, entries),) = answer.resources
    same((code, name), (0, topic), f"describe_configs: {message}")
    return {entry[0]: entry[1] for entry in entries}


def groups(broker, admin):
    topic, group = broker.name("made"), broker.name("members")
    last = produce(broker, [{"topic": topic, "partition": 0, "key": b"k", "value": b"v"}])
    consumer = consumer_of(broker, group, client_id="a-client", session_timeout_ms=6000)
    consumer.subscribe([topic])
    seen = []
    for record in read(consumer, lambda: seen, seconds=20):
        seen.append(record)
    same((group, "consumer") in admin.list_consumer_groups(), True, "the group is listed")
    (described,) = admin.describe_consumer_groups([group])
    same((described.error_code, described.group, described.state, described.protocol_type), (0, group, "Stable", "consumer"), "the group")
    same([m.client_id for m in described.members], ["a-client"], "its members")
    consumer.commit()
    consumer.close()
    here = TopicPartition(topic, last.partition)
    same(admin.list_consumer_group_offsets(group)[here].offset, 1, "its committed offset")
    eventually("the group is empty", lambda: admin.describe_consumer_groups([group])[0].state == "Empty")
    same([(name, error.errno) for name, error in admin.delete_consumer_groups([group])], [(group, 0)], "the group is deleted")
    same((group, "consumer") in admin.list_consumer_groups(), False, "a deleted group is listed")
    (described,) = admin.describe_consumer_groups([group])
    same(described.state, "Dead", "a deleted group")


def removal(broker, admin):
    topic = broker.name("made")
    admin.delete_topics([topic])
    eventually("the topic is gone", lambda: topic not in admin.list_topics())
    error_of(lambda: admin.delete_topics([topic]), UnknownTopicOrPartitionError, "a topic deleted twice")
