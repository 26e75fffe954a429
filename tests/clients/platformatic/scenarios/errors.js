'use strict';
const { refused, same } = require('../../npm/expect');
const { withAdmin, createTopic, withProducer, withClient, newConsumer, readUntil, isError } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-small`;
  await createTopic(bootstrap, topic, 1, { 'max.message.bytes': '2000' });
  await withProducer(bootstrap, { autocreateTopics: false, retries: 1 }, async (producer) => {
    const send = (to, value) => producer.send({ messages: [{ topic: to, value }] });
    // Refused by the client itself, once the metadata say so.
    await refused('produce to an unknown topic', () => send(`${prefix}-unknown`, 'v'), (e) => e.message.includes(`Unknown topic ${prefix}-unknown`));
    await refused('too large a message', () => send(topic, 'v'.repeat(5000)), isError('MESSAGE_TOO_LARGE'));
    same((await send(topic, 'small enough')).offsets[0].offset, 0n, 'offset after a refusal');
  });

  const beyond = { topics: [topic], mode: 'manual', offsets: [{ topic, partition: 0, offset: 1000n }] };
  await withClient(newConsumer(bootstrap, `${prefix}-fails`), (consumer) =>
    refused('a position beyond the end', () => readUntil(consumer, { ...beyond, fallbackMode: 'fail' }, 'a record', () => true), isError('OFFSET_OUT_OF_RANGE')),
  );
  await withClient(newConsumer(bootstrap, `${prefix}-earliest`), (consumer) =>
    readUntil(consumer, { ...beyond, fallbackMode: 'earliest' }, 'a record after the reset', ({ offset }) => offset === 0n),
  );

  await withAdmin(bootstrap, async (admin) => {
    const create = (name, configs = [], partitions = 1) => admin.createTopics({ topics: [name], partitions, replicas: 1, configs });
    await refused('an invalid topic name', () => create('not a topic name!'), isError('INVALID_TOPIC_EXCEPTION'));
    await refused('a bad value', () => create(`${prefix}-bad`, [{ name: 'retention.ms', value: 'soon' }]), isError('INVALID_CONFIG'));
    await refused('an unknown configuration', () => create(`${prefix}-bad`, [{ name: 'no.such.config', value: '1' }]), isError('INVALID_CONFIG'));
    await refused('deleting an unknown topic', () => admin.deleteTopics({ topics: [`${prefix}-unknown`] }), isError('UNKNOWN_TOPIC_OR_PARTITION'));
    same((await admin.listTopics()).filter((t) => t.startsWith(prefix)), [topic], 'topics that were made');
  });
};
