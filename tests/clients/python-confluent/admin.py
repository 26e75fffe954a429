"""Topics, their configuration, groups."""
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import ConfigResource, NewPartitions, NewTopic

from contract import error_of, eventually, same
from steps import Sending, admin_of, code_of, consumer_of, partitions_of, read


def admin(broker):
    topics(broker, admin_of(broker))
    configuration(broker, admin_of(broker))
    groups(broker, admin_of(broker))

    # A handle of its own: one that was asked for a topic by name keeps asking, and that makes a deleted topic anew.
    removal(broker, admin_of(broker))


def topics(broker, admin):
    topic, other = broker.name("made"), broker.name("only-checked")
    made = admin.create_topics([NewTopic(topic, 3, 1, config={"retention.ms": "3600000", "cleanup.policy": "compact"})], request_timeout=30)
    made[topic].result()
    again = admin.create_topics([NewTopic(topic, 3, 1)], request_timeout=30)[topic]
    same(code_of(error_of(again.result, KafkaException, "made twice")), KafkaError.TOPIC_ALREADY_EXISTS, "a topic made twice")
    admin.create_topics([NewTopic(other, 3, 1)], validate_only=True, request_timeout=30)[other].result()

    eventually("the topic is listed", lambda: partitions_of(admin, topic) == 3)
    cluster = admin.list_topics(timeout=10)
    same(other in cluster.topics, False, "a topic that was only checked is listed")
    same(cluster.controller_id in cluster.brokers, True, "the controller is a listed broker")
    same(bool(cluster.cluster_id), True, "the cluster has an id")
    partition = cluster.topics[topic].partitions[0]
    same((partition.leader in cluster.brokers, partition.leader in partition.replicas, partition.leader in partition.isrs), (True, True, True), "leader")

    admin.create_partitions([NewPartitions(topic, 5)], request_timeout=30)[topic].result()
    eventually("five partitions", lambda: partitions_of(admin, topic) == 5)
    fewer = admin.create_partitions([NewPartitions(topic, 2)], request_timeout=30)[topic]
    same(code_of(error_of(fewer.result, KafkaException, "fewer partitions")), KafkaError.INVALID_PARTITIONS, "fewer partitions")


def configuration(broker, admin):
    topic = broker.name("made")
    configs = configs_of(admin, topic)
    same((configs["retention.ms"].value, configs["cleanup.policy"].value), ("3600000", "compact"), "configs given when the topic was made")
    same((configs["retention.ms"].is_default, configs["max.message.bytes"].is_default), (False, True), "which are defaults")
    same(configs["max.message.bytes"].value, "1048588", "a default")
    same(len(configs) > 20, True, "all configs are described")

    # The older call, which sets all at once: what is not named goes back to its default.
    changed = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config={"retention.ms": "7200000"})
    admin.alter_configs([changed], request_timeout=30)[changed].result()
    eventually("the change is described", lambda: configs_of(admin, topic)["retention.ms"].value == "7200000")
    same(configs_of(admin, topic)["cleanup.policy"].value, "delete", "a config that was not named again")


def configs_of(admin, topic):
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    return admin.describe_configs([resource], request_timeout=30)[resource].result()


def groups(broker, admin):
    topic, group = broker.name("made"), broker.name("members")
    sending = Sending(broker)
    sending.send(topic, key=b"k", value=b"v")
    sending.flush()
    consumer = consumer_of(broker, group, client_id="a-client", session_timeout_ms=6000)
    consumer.subscribe([topic])
    seen = []
    for message in read(consumer, lambda: seen, seconds=20):
        seen.append(message)
    listed = admin.list_groups(group, timeout=10)[0]
    same((listed.id, listed.state, listed.protocol_type, len(listed.members)), (group, "Stable", "consumer", 1), "the group with its member")
    same(listed.members[0].client_id, "a-client", "the member's client id")
    same(any(g.id == group for g in admin.list_groups(timeout=10)), True, "the group is among all groups")
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()
    eventually("the group is empty", lambda: admin.list_groups(group, timeout=10)[0].state == "Empty")


def removal(broker, admin):
    topic = broker.name("made")
    admin.delete_topics([topic], request_timeout=30)[topic].result()
    eventually("the topic is gone", lambda: topic not in admin.list_topics(timeout=10).topics)
    gone = admin.delete_topics([topic], request_timeout=30)[topic]
    same(code_of(error_of(gone.result, KafkaException, "deleted twice")), KafkaError.UNKNOWN_TOPIC_OR_PART, "a topic deleted twice")

    def made_again():
        try:
            admin.create_topics([NewTopic(topic, 1, 1)], request_timeout=30)[topic].result()
            return True
        except KafkaException as e:
            same(code_of(e), KafkaError.TOPIC_ALREADY_EXISTS, "made again too soon")
            return False

    eventually("a topic of the same name is made", made_again)
    eventually("it is listed", lambda: partitions_of(admin, topic) == 1)
    consumer = consumer_of(broker, broker.name("after"))
    same(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10), (0, 0), "the new topic is empty")
    consumer.close()
