'use strict';
const { expect, same, eventually, refused } = require('../../npm/expect');
const { FIRST_TIMESTAMP } = require('../../npm/records');
const { rdkafka, promised, withAdmin, withProducer, metadata, connectConsumer, disconnect } = require('../client');

// node-rdkafka has no calls for configurations, records and groups: topics, metadata, watermarks and offsets by time are all.
const { ERR_TOPIC_ALREADY_EXISTS, ERR_INVALID_PARTITIONS } = rdkafka.CODES.ERRORS;

async function described(client, topic) {
  const { topics } = await metadata(client);
  return topics.find((t) => t.name === topic);
}

async function offsets(bootstrap, prefix, topic) {
  const consumer = await connectConsumer(bootstrap, `${prefix}-asks`);
  try {
    same(await promised((done) => consumer.queryWatermarkOffsets(topic, 1, 10000, done)), { lowOffset: 0, highOffset: 10 }, 'watermarks');
    const [found] = await promised((done) => consumer.offsetsForTimes([{ topic, partition: 1, offset: FIRST_TIMESTAMP + 4 }], 10000, done));
    same(found.offset, 4, 'offset by time');
    const [beyond] = await promised((done) => consumer.offsetsForTimes([{ topic, partition: 1, offset: FIRST_TIMESTAMP + 1000000 }], 10000, done));
    expect(beyond.offset === undefined || beyond.offset === -1, `offset of a later time: ${beyond.offset}`);
  } finally {
    await disconnect(consumer);
  }
}

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-managed`;
  await withAdmin(bootstrap, (admin) =>
    withProducer(bootstrap, {}, async (sender) => {
      await admin.createTopic(topic, 2, { 'retention.ms': '3600000' });
      await refused('creating it again', () => admin.createTopic(topic, 2), (e) => e.code === ERR_TOPIC_ALREADY_EXISTS);
      await eventually('two partitions', async () => (await described(sender.producer, topic))?.partitions.length === 2);
      await admin.createPartitions(topic, 5);
      await eventually('five partitions', async () => {
        const { partitions } = await described(sender.producer, topic);
        return partitions.length === 5 && partitions.every((p) => p.leader >= 0 && p.replicas.includes(p.leader) && p.isrs.includes(p.leader));
      });
      await refused('fewer partitions', () => admin.createPartitions(topic, 3), (e) => e.code === ERR_INVALID_PARTITIONS);
      for (let n = 0; n < 10; n++) await sender.send(topic, 1, { value: `v${n}`, timestamp: FIRST_TIMESTAMP + n });
      await sender.flushed();
      await offsets(bootstrap, prefix, topic);
      const { brokers } = await metadata(sender.producer);
      expect(brokers.length > 0 && brokers.every((b) => b.port > 0), `brokers ${JSON.stringify(brokers)}`);
      await admin.deleteTopic(topic);
      await eventually('the topic is gone', async () => (await described(sender.producer, topic)) === undefined);
    }),
  );
};
