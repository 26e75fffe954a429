'use strict';
const { same, eventually, refused } = require('../../npm/expect');
const { connect, withAdmin, createTopic, withProducer, quick } = require('../client');

const type = (wanted) => (error) => error.type === wanted || (error.errors ?? []).some((e) => e.type === wanted) || error.cause?.type === wanted;

/** A position beyond the end is answered with OFFSET_OUT_OF_RANGE; kafkajs then goes where fromBeginning says. */
async function outOfRange(kafka, topic, groupId, fromBeginning) {
  const consumer = kafka.consumer({ groupId, ...quick });
  const seen = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning });
    await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => seen.push(message.offset) });
    consumer.seek({ topic, partition: 0, offset: '1000' });
    await eventually('the consumer starts over', () => seen.length > 0);
  } finally {
    await consumer.disconnect();
  }
  return seen;
}

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  const create = (topic, configEntries) => withAdmin(kafka, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] }));
  const retry = { retries: 1, initialRetryTime: 50 };
  const unknown = `${prefix}-unknown`;
  const topic = `${prefix}-small`;
  await createTopic(kafka, topic, 1, { 'max.message.bytes': '2000' });

  await withProducer(kafka, { retry }, async (producer) => {
    await refused('produce to an unknown topic', () => producer.send({ topic: unknown, messages: [{ value: 'v' }] }), type('UNKNOWN_TOPIC_OR_PARTITION'));
    await refused('too large a message', () => producer.send({ topic, messages: [{ value: 'v'.repeat(5000) }] }), type('MESSAGE_TOO_LARGE'));
    await producer.send({ topic, messages: [{ value: 'small enough' }, { value: 'and one more' }] });
  });

  same((await outOfRange(kafka, topic, `${prefix}-from-start`, true))[0], '0', 'first offset after the reset to the beginning');

  await refused('an invalid topic name', () => create('not a topic name!'), type('INVALID_TOPIC_EXCEPTION'));
  await refused('a bad value', () => create(`${prefix}-bad`, [{ name: 'retention.ms', value: 'soon' }]), type('INVALID_CONFIG'));
  await refused('an unknown configuration', () => create(`${prefix}-bad`, [{ name: 'no.such.config', value: '1' }]), type('INVALID_CONFIG'));
  await refused('no partitions', () => withAdmin(kafka, (admin) => admin.createTopics({ topics: [{ topic: `${prefix}-none`, numPartitions: 0 }] })), type('INVALID_PARTITIONS'));
  // kafkajs asks again, as the topic could be one that was made a moment ago.
  await refused('deleting an unknown topic', () => withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [unknown] }), { retry }), type('UNKNOWN_TOPIC_OR_PARTITION'));
  await withAdmin(kafka, async (admin) => same((await admin.listTopics()).filter((t) => t.startsWith(prefix)), [topic], 'topics that were made'));
};
