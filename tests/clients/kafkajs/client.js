'use strict';
const { Kafka, Partitioners, logLevel, AssignerProtocol } = require('kafkajs');
const { eventually } = require('../npm/expect');

function connect(bootstrap, clientId = 'matrix-kafkajs', options = {}) {
  return new Kafka({ clientId, ...options, brokers: [bootstrap], logLevel: process.env.DEBUG ? logLevel.DEBUG : logLevel.NOTHING });
}

const murmur2 = Partitioners.DefaultPartitioner;

/** Runs `use` with a connected admin. */
async function withAdmin(kafka, use, options = {}) {
  const admin = kafka.admin(options);
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

function createTopic(kafka, topic, numPartitions, configs = {}) {
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  return withAdmin(kafka, (admin) => admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }] }));
}

/** Runs `use` with a connected producer. */
async function withProducer(kafka, options, use) {
  const producer = kafka.producer({ createPartitioner: murmur2, allowAutoTopicCreation: false, ...options });
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
}

/** Sends records in batches of 5,000, one after the other, so that their order is that of `records`. */
async function produceAll(producer, topic, records, options = {}) {
  let messages = [];
  const send = async () => {
    await producer.send({ topic, messages, ...options });
    messages = [];
  };
  for (const { timestamp, ...record } of records) {
    messages.push({ ...record, timestamp: String(timestamp) });
    if (messages.length === 5000) await send();
  }
  if (messages.length > 0) await send();
}

const quick = { sessionTimeout: 10000, rebalanceTimeout: 10000, heartbeatInterval: 200, maxWaitTimeInMs: 100 };

/** Reads `topic` from its beginning in a group of its own until `see` returns true. */
async function readAll(kafka, groupId, topic, see) {
  const consumer = kafka.consumer({ groupId, ...quick });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    let error;
    let done = false;
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        try {
          for (const message of batch.messages) done = see({ partition: batch.partition, ...message }) || done;
        } catch (caught) {
          error ??= caught;
        }
      },
    });
    await eventually(`${topic} is read`, () => {
      if (error) return true;
      return done;
    });
    if (error) throw error;
  } finally {
    await consumer.disconnect();
  }
}

/** Which member owns which partitions of `topic`, as the coordinator says: member id to sorted partitions. */
async function owners(admin, groupId, topic) {
  const { groups } = await admin.describeGroups([groupId]);
  const [group] = groups;
  const members = {};
  for (const member of group.members) {
    const assignment = member.memberAssignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(member.memberAssignment).assignment : {};
    members[member.memberId] = [...(assignment[topic] ?? [])].sort((a, b) => a - b);
  }
  return { state: group.state, members };
}

module.exports = { connect, murmur2, withAdmin, createTopic, withProducer, produceAll, readAll, owners, quick };
