'use strict';
const { ConfigResourceTypes } = require('kafkajs');
const { expect, same, eventually, refused } = require('../../npm/expect');
const { connect, withAdmin, withProducer, readAll } = require('../client');

async function topics(admin, topic) {
  same(await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '3600000' }] }] }), true, 'created');
  same(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }), false, 'created again');
  expect((await admin.listTopics()).includes(topic), 'the topic is listed');
  await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
  await eventually('five partitions', async () => {
    const { topics: described } = await admin.fetchTopicMetadata({ topics: [topic] });
    same(described[0].partitions.map((p) => p.partitionId).sort(), [0, 1, 2, 3, 4], 'partitions');
    return described[0].partitions.every((p) => p.partitionErrorCode === 0 && p.replicas.length > 0 && p.isr.length > 0);
  });
  await refused('fewer partitions', () => admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }), (e) => e.type === 'INVALID_PARTITIONS');
}

async function config(admin, topic, name) {
  const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }] });
  same(resources[0].configEntries.length, 1, `entries of ${name}`);
  return resources[0].configEntries[0];
}

async function configs(admin, topic) {
  const created = await config(admin, topic, 'retention.ms');
  same([created.configValue, created.isDefault], ['3600000', false], 'retention.ms as created');
  await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'max.message.bytes', value: '2000000' }] }] });
  await eventually('max.message.bytes is changed', async () => (await config(admin, topic, 'max.message.bytes')).configValue === '2000000');
  // AlterConfigs replaces all: what it does not name is the default again.
  same((await config(admin, topic, 'retention.ms')).configValue, '604800000', 'retention.ms afterwards');
  const all = await admin.describeConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] });
  const names = all.resources[0].configEntries.map((c) => c.configName);
  for (const name of ['cleanup.policy', 'compression.type', 'retention.bytes', 'segment.bytes', 'message.timestamp.type']) expect(names.includes(name), `${name} is described`);
}

async function records(kafka, admin, topic) {
  await withProducer(kafka, {}, (producer) => producer.send({ topic, messages: Array.from({ length: 10 }, (_, n) => ({ partition: 0, value: `v${n}` })) }));
  const offsets = async () => (await admin.fetchTopicOffsets(topic)).find((p) => p.partition === 0);
  same((({ low, high }) => [low, high])(await offsets()), ['0', '10'], 'offsets');
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
  same((({ low, high }) => [low, high])(await offsets()), ['4', '10'], 'offsets after records were deleted');
  await refused('deleting beyond the end', () => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '11' }] }), (e) => e.cause?.partitions?.[0]?.error?.type === 'OFFSET_OUT_OF_RANGE');
}

async function groups(kafka, admin, topic, group) {
  await readAll(kafka, group, topic, ({ offset }) => offset === '9');
  expect((await admin.listGroups()).groups.some((g) => g.groupId === group && g.protocolType === 'consumer'), 'the group is listed');
  const described = await admin.describeGroups([group, `${group}-unknown`]);
  same(described.groups.map((g) => [g.groupId, g.state]).sort(), [[group, 'Empty'], [`${group}-unknown`, 'Dead']], 'groups');
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '6' }] });
  const committed = async () => (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0].partitions.find((p) => p.partition === 0)?.offset;
  same(await committed(), '6', 'offset set');
  await admin.resetOffsets({ groupId: group, topic, earliest: true });
  same(await committed(), '-2', 'offset reset');
  await admin.deleteGroups([group]);
  await refused('deleting an unknown group', () => admin.deleteGroups([`${group}-unknown`]), (e) => e.groups?.[0]?.error?.type === 'GROUP_ID_NOT_FOUND');
  expect(!(await admin.listGroups()).groups.some((g) => g.groupId === group), 'the group is gone');
}

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  const topic = `${prefix}-managed`;
  const quick = { retry: { retries: 3, initialRetryTime: 50 } };
  const manage = async (admin) => {
    const cluster = await admin.describeCluster();
    expect(cluster.clusterId.length > 0 && cluster.brokers.some((b) => b.nodeId === cluster.controller), `cluster ${JSON.stringify(cluster)}`);
    await topics(admin, topic);
    await configs(admin, topic);
    await records(kafka, admin, topic);
    await groups(kafka, admin, topic, `${prefix}-managers`);
    await admin.deleteTopics({ topics: [topic] });
    await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
  };
  await withAdmin(kafka, manage, quick);
};
