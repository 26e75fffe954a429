'use strict';
const { Admin, Producer, Consumer, compatibilityPartitioner, stringSerializers, stringDeserializers } = require('@platformatic/kafka');
const { eventually } = require('../npm/expect');

const common = (bootstrap) => ({ clientId: 'matrix-platformatic', bootstrapBrokers: [bootstrap], timeout: 20000, retries: 3, retryDelay: 50 });

/** Runs `use` with a client, which is closed afterwards. */
async function withClient(client, use) {
  try {
    return await use(client);
  } finally {
    // Forced, or an error of the scenario would be hidden by one about open streams; an admin has none.
    await (client instanceof Admin ? client.close() : client.close(true)).catch(() => {});
  }
}

const withAdmin = (bootstrap, use, options = {}) => withClient(new Admin({ ...common(bootstrap), ...options }), use);

/** Its own partitioner takes the hash as unsigned; the compatible one is Java's. */
const withProducer = (bootstrap, options, use) =>
  withClient(new Producer({ ...common(bootstrap), serializers: stringSerializers, partitioner: compatibilityPartitioner, ...options }), use);

/** A topic that was just made has no leaders for a moment. */
async function createTopic(bootstrap, topic, partitions, configs = {}, options = {}) {
  await withAdmin(bootstrap, async (admin) => {
    await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) });
    await eventually(`${topic} has leaders`, async () => {
      const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
      return topics.get(topic).partitions.every((p) => p.leader >= 0);
    });
  }, options);
}

/** Sends records in batches of 5,000, one after the other, so that their order is that of `records`. */
async function produceAll(producer, topic, records) {
  let messages = [];
  const send = async () => {
    await producer.send({ messages });
    messages = [];
  };
  for (const { timestamp, ...record } of records) {
    messages.push({ topic, ...record, timestamp: BigInt(timestamp) });
    if (messages.length === 5000) await send();
  }
  if (messages.length > 0) await send();
}

const newConsumer = (bootstrap, groupId, options = {}) =>
  new Consumer({ ...common(bootstrap), groupId, deserializers: stringDeserializers, sessionTimeout: 10000, rebalanceTimeout: 10000, heartbeatInterval: 200, maxWaitTime: 100, autocommit: false, ...options });

/** Hands messages to `see` until it returns true; `see` may be asynchronous. */
async function readUntil(consumer, options, what, see) {
  const stream = await consumer.consume(options);
  let done = false;
  let failure;
  const reading = (async () => {
    for await (const message of stream) if ((done = (await see(message)) || done)) break;
  })().catch((error) => (failure = error));
  await eventually(what, () => done || failure !== undefined, 40);
  await stream.close().catch(() => {});
  await reading;
  if (failure) throw failure;
}

/** A message in the shape that `Reading` checks. */
const plain = ({ partition, offset, key, value, timestamp, headers }) => ({ partition, offset, key, value, timestamp, headers: Object.fromEntries(headers) });

/** Reads `topic` from its beginning in a group of its own until `see` returns true. */
const readAll = (bootstrap, group, topic, see, options) =>
  withClient(newConsumer(bootstrap, group, options), (consumer) => readUntil(consumer, { topics: [topic], mode: 'earliest' }, `${topic} is read`, (message) => see(plain(message))));

/** Whether an error, or one within it, is the protocol's `id`. */
function isError(id) {
  const within = (error) => error && (error.apiId === id || within(error.cause) || (error.errors ?? []).some(within));
  return (error) => within(error) === true;
}

module.exports = { withAdmin, withProducer, withClient, createTopic, produceAll, newConsumer, readUntil, readAll, isError };
