'use strict';
const { expect, same, eventually, refused } = require('../../npm/expect');
const { FIRST_TIMESTAMP } = require('../../npm/records');
const { withAdmin, withProducer, newConsumer, withClient, readUntil, isError } = require('../client');

const TOPIC = 2; // resource type
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

async function topics(admin, topic) {
  const [created] = await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1, configs: [{ name: 'retention.ms', value: '3600000' }] });
  same([created.name, created.partitions, created.configuration['retention.ms']], [topic, 3, '3600000'], 'as answered');
  await refused('creating it again', () => admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 }), isError('TOPIC_ALREADY_EXISTS'));
  await eventually('the topic is listed', async () => (await admin.listTopics()).includes(topic));
  await admin.createPartitions({ topics: [{ name: topic, count: 5, assignments: null }], validateOnly: false });
  await eventually('five partitions', async () => {
    const described = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic);
    same(described.id, created.id, 'topic id');
    return described.partitionsCount === 5 && described.partitions.every((p) => p.leader >= 0 && p.isr.includes(p.leader));
  });
  await refused('fewer partitions', () => admin.createPartitions({ topics: [{ name: topic, count: 2, assignments: null }], validateOnly: false }), isError('INVALID_PARTITIONS'));
}

async function config(admin, topic, name) {
  const [{ configs }] = await admin.describeConfigs({ resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys: [name] }], includeSynonyms: true, includeDocumentation: false });
  same(configs.length, 1, `entries of ${name}`);
  return configs[0].value;
}

async function configs(admin, topic) {
  const change = (name, configOperation, value = null) => admin.incrementalAlterConfigs({ resources: [{ resourceType: TOPIC, resourceName: topic, configs: [{ name, configOperation, value }] }], validateOnly: false });
  same(await config(admin, topic, 'retention.ms'), '3600000', 'as created');
  await change('max.message.bytes', SET, '2000000');
  await eventually('set', async () => (await config(admin, topic, 'max.message.bytes')) === '2000000');
  same(await config(admin, topic, 'retention.ms'), '3600000', 'what was not named');
  await change('cleanup.policy', APPEND, 'compact');
  await eventually('appended', async () => (await config(admin, topic, 'cleanup.policy')) === 'delete,compact');
  await change('cleanup.policy', SUBTRACT, 'compact');
  await eventually('subtracted', async () => (await config(admin, topic, 'cleanup.policy')) === 'delete');
  await change('retention.ms', DELETE);
  await eventually('deleted', async () => (await config(admin, topic, 'retention.ms')) === '604800000');
}

async function records(bootstrap, admin, topic) {
  await withProducer(bootstrap, {}, (producer) => producer.send({ messages: Array.from({ length: 10 }, (_, n) => ({ topic, partition: 0, value: `v${n}`, timestamp: BigInt(FIRST_TIMESTAMP + n) })) }));
  const offset = async (timestamp) => (await admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] }))[0].partitions[0].offset;
  same([await offset(-2n), await offset(-1n), await offset(BigInt(FIRST_TIMESTAMP + 4)), await offset(BigInt(FIRST_TIMESTAMP + 2000))], [0n, 10n, 4n, -1n], 'earliest, latest, by time, of a later time');
  const [{ partitions }] = await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 4n }] }] });
  same(partitions, [{ partition: 0, lowWatermark: 4n }], 'deleted records');
  same(await offset(-2n), 4n, 'earliest afterwards');
  await refused('deleting beyond the end', () => admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 11n }] }] }), isError('OFFSET_OUT_OF_RANGE'));
}

async function groups(bootstrap, admin, topic, group) {
  await withClient(newConsumer(bootstrap, group), (consumer) =>
    readUntil(consumer, { topics: [topic], mode: 'earliest' }, 'a record', async (message) => {
      await message.commit();
      return true;
    }),
  );
  const listed = (await admin.listGroups()).get(group);
  same([listed.state, listed.protocolType], ['Empty', 'consumer'], 'listed');
  await admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 6n }] }] });
  const committed = async () => (await admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] }] }))[0].topics[0].partitions[0].committedOffset;
  same(await committed(), 6n, 'set by hand');
  await admin.deleteConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] });
  same(await committed(), -1n, 'deleted');
  await admin.deleteGroups({ groups: [group] });
  await refused('deleting an unknown group', () => admin.deleteGroups({ groups: [group] }), isError('GROUP_ID_NOT_FOUND'));
  expect(!(await admin.listGroups()).has(group), 'the deleted group is listed');
}

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-managed`;
  await withAdmin(bootstrap, async (admin) => {
    const cluster = await admin.metadata({ topics: [] });
    expect(cluster.id.length > 0 && cluster.brokers.has(cluster.controllerId), `cluster ${cluster.id}, controller ${cluster.controllerId}`);
    await topics(admin, topic);
    await configs(admin, topic);
    await records(bootstrap, admin, topic);
    const dirs = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] });
    expect(dirs.length > 0 && dirs[0].results.length > 0, 'no log dirs');
    await groups(bootstrap, admin, topic, `${prefix}-managers`);
    await admin.deleteTopics({ topics: [topic] });
    await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
  });
};
