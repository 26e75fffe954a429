'use strict';
const { refused } = require('../../npm/expect');
const { rdkafka, withAdmin, createTopic, withProducer, connectConsumer, disconnect, consumeUntil } = require('../client');

const E = rdkafka.CODES.ERRORS;
const code = (wanted) => (error) => error.code === wanted;
// A delivery report carries librdkafka's text and always the code -1.
const report = (wanted) => (error) => error.message.toLowerCase() === wanted.toLowerCase() || error.stack.startsWith(`Error: ${wanted}`);

/** What becomes of one record that is sent. */
async function outcome(bootstrap, topic, value, options) {
  return withProducer(bootstrap, { 'message.timeout.ms': 3000, 'topic.metadata.propagation.max.ms': 100, 'allow.auto.create.topics': false, ...options }, async (sender) => {
    await sender.send(topic, 0, { value });
    await sender.flushed();
  });
}

/** Reads from an offset beyond the end: what the reset policy makes of it. */
async function fromBeyond(bootstrap, group, topic, policy, see) {
  const consumer = await connectConsumer(bootstrap, group, {}, { 'auto.offset.reset': policy });
  try {
    consumer.assign([{ topic, partition: 0, offset: 1000 }]);
    await see(consumer);
  } finally {
    await disconnect(consumer);
  }
}

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-small`;
  await createTopic(bootstrap, topic, 1, { 'max.message.bytes': '2000' });
  await refused('produce to an unknown topic', () => outcome(bootstrap, `${prefix}-unknown`, 'v'), report('Broker: Unknown topic or partition'));
  await refused('too large a message', () => outcome(bootstrap, topic, 'v'.repeat(5000)), report('Broker: Message size too large'));
  await outcome(bootstrap, topic, 'small enough');

  await fromBeyond(bootstrap, `${prefix}-earliest`, topic, 'earliest', (consumer) => consumeUntil(consumer, 'the record after a reset', ({ offset }) => offset === 0));
  await fromBeyond(bootstrap, `${prefix}-error`, topic, 'error', (consumer) =>
    refused('a position beyond the end', () => consumeUntil(consumer, 'a record', () => true, 10), code(E.ERR__AUTO_OFFSET_RESET)),
  );

  await withAdmin(bootstrap, async (admin) => {
    await refused('an invalid topic name', () => admin.createTopic('not a topic name!', 1), code(E.ERR_TOPIC_EXCEPTION));
    await refused('a bad value', () => admin.createTopic(`${prefix}-bad`, 1, { 'retention.ms': 'soon' }), code(E.ERR_INVALID_CONFIG));
    await refused('an unknown configuration', () => admin.createTopic(`${prefix}-bad`, 1, { 'no.such.config': '1' }), code(E.ERR_INVALID_CONFIG));
    await refused('deleting an unknown topic', () => admin.deleteTopic(`${prefix}-unknown`), code(E.ERR_UNKNOWN_TOPIC_OR_PART));
  });
};
