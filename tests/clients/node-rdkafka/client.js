'use strict';
const rdkafka = require('node-rdkafka');
const { expect, eventually } = require('../npm/expect');

/** Turns a call with a last argument of (error, result) into a promise. */
const promised = (call) => new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))));

async function connected(client) {
  client.on('event.error', () => {}); // Told by the calls that fail, too.
  await promised((done) => client.connect({ timeout: 10000 }, done));
  return client;
}

/** Runs `use` with an admin whose calls are promises. */
async function withAdmin(bootstrap, use, options = {}) {
  const admin = rdkafka.AdminClient.create({ 'bootstrap.servers': bootstrap, ...options });
  try {
    return await use({
      createTopic: (topic, partitions, config = {}) => promised((done) => admin.createTopic({ topic, num_partitions: partitions, replication_factor: 1, config }, 10000, done)),
      deleteTopic: (topic) => promised((done) => admin.deleteTopic(topic, 10000, done)),
      createPartitions: (topic, count) => promised((done) => admin.createPartitions(topic, count, 10000, done)),
    });
  } finally {
    admin.disconnect();
  }
}

const createTopic = (bootstrap, topic, partitions, config, options) => withAdmin(bootstrap, (admin) => admin.createTopic(topic, partitions, config), options);

/** A producer that counts its delivery reports; `flushed` waits for all of them and fails with the first error. */
class Sender {
  constructor(producer) {
    this.producer = producer;
    this.sent = 0;
    this.reports = [];
    producer.on('delivery-report', (error, report) => this.reports.push({ error, report }));
    producer.setPollInterval(10);
  }

  /** Waits while the producer's queue is full. */
  async send(topic, partition, { value, key, timestamp, headers }) {
    const pairs = headers && Object.entries(headers).map(([name, text]) => ({ [name]: text }));
    for (;;) {
      try {
        this.producer.produce(topic, partition, value === null ? null : Buffer.from(value), key, timestamp, undefined, pairs);
        this.sent++;
        return;
      } catch (error) {
        if (error.code !== rdkafka.CODES.ERRORS.ERR__QUEUE_FULL) throw error;
        this.producer.poll();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  async flushed() {
    await eventually('all records are acknowledged', () => (this.producer.poll(), this.reports.length >= this.sent ? true : `${this.reports.length} of ${this.sent}`));
    const failed = this.reports.find((r) => r.error);
    if (failed) throw failed.error;
  }
}

async function withProducer(bootstrap, options, use) {
  const producer = await connected(
    new rdkafka.Producer({ 'bootstrap.servers': bootstrap, dr_cb: true, 'linger.ms': 5, 'queue.buffering.max.messages': 200000, partitioner: 'murmur2_random', ...options }),
  );
  try {
    return await use(new Sender(producer));
  } finally {
    await promised((done) => producer.disconnect(5000, done)).catch(() => {});
  }
}

/**
 * Sends records one after the other and waits for their acknowledgements: for the first one before the second is sent, as librdkafka may change
 * the order of what it gets before it knows the topic's partitions (docs/FINDINGS.md).
 */
async function produceAll(bootstrap, topic, records, options = {}) {
  return withProducer(bootstrap, options, async (sender) => {
    for (const record of records) {
      await sender.send(topic, null, record);
      if (sender.sent === 1) await sender.flushed();
    }
    await sender.flushed();
    return sender.reports;
  });
}

async function connectConsumer(bootstrap, group, options = {}, topicOptions = {}) {
  const consumer = new rdkafka.KafkaConsumer(
    { 'bootstrap.servers': bootstrap, 'group.id': group, 'enable.auto.commit': false, 'session.timeout.ms': 10000, 'heartbeat.interval.ms': 200, 'fetch.wait.max.ms': 100, rebalance_cb: true, ...options },
    { 'auto.offset.reset': 'earliest', ...topicOptions },
  );
  await connected(consumer);
  consumer.setDefaultConsumeTimeout(100);
  return consumer;
}

const disconnect = (client) => promised((done) => client.disconnect(done));

/** Hands records to `see` until it returns true. */
async function consumeUntil(consumer, what, see, seconds = 40) {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const messages = await promised((done) => consumer.consume(2000, done));
    for (const message of messages) if (see(message)) return;
    expect(Date.now() < until, `${what}: not within ${seconds} s`);
  }
}

/** A message of node-rdkafka in the shape that `Reading` checks. */
const plain = ({ partition, offset, key, value, timestamp, headers }) => ({ partition, offset, key, value, timestamp, headers: Object.assign({}, ...(headers ?? [])) });

/** Reads `topic` from its beginning in a group of its own until `see` returns true. */
async function readAll(bootstrap, group, topic, see, options) {
  const consumer = await connectConsumer(bootstrap, group, options);
  try {
    consumer.subscribe([topic]);
    await consumeUntil(consumer, `${topic} is read`, (message) => see(plain(message)));
  } finally {
    await disconnect(consumer);
  }
}

/** Metadata of all topics, or of one. */
const metadata = (client, topic) => promised((done) => client.getMetadata({ ...(topic ? { topic } : { allTopics: true }), timeout: 10000 }, done));

module.exports = { rdkafka, promised, withAdmin, createTopic, withProducer, produceAll, connectConsumer, disconnect, consumeUntil, readAll, metadata };
