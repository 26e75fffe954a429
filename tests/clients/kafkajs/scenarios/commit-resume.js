'use strict';
const { same, eventually } = require('../../npm/expect');
const { connect, createTopic, withAdmin, withProducer, quick } = require('../client');

/** Reads values in order up to `until`, commits there where `commit` is set, and leaves. */
async function read(kafka, group, topic, { until, commit }) {
  const consumer = kafka.consumer({ groupId: group, ...quick });
  await consumer.connect();
  const values = [];
  let error;
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        if (values.at(-1) === until) return;
        values.push(String(message.value));
        const next = String(BigInt(message.offset) + 1n);
        if (commit && values.at(-1) === until) await consumer.commitOffsets([{ topic, partition, offset: next, metadata: 'as far as this' }]).catch((e) => (error = e));
      },
    });
    await eventually(`${group} reads up to ${until}`, () => (error ? true : values.at(-1) === until));
    if (error) throw error;
  } finally {
    await consumer.disconnect();
  }
  return values;
}

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  const topic = `${prefix}-resumed`;
  await createTopic(kafka, topic, 1);
  await withProducer(kafka, {}, (producer) => producer.send({ topic, messages: Array.from({ length: 100 }, (_, n) => ({ value: `v${n}` })) }));

  const first = await read(kafka, `${prefix}-a`, topic, { until: 'v39', commit: true });
  same(first.length, 40, 'records before the commit');
  await withAdmin(kafka, async (admin) => {
    const [{ partitions }] = await admin.fetchOffsets({ groupId: `${prefix}-a`, topics: [topic] });
    same(partitions, [{ partition: 0, offset: '40', metadata: 'as far as this' }], 'committed');
    const [{ partitions: none }] = await admin.fetchOffsets({ groupId: `${prefix}-unknown`, topics: [topic] });
    same(none.map((p) => p.offset), ['-1'], 'a group that never committed');
  });

  const resumed = await read(kafka, `${prefix}-a`, topic, { until: 'v99', commit: false });
  same([resumed[0], resumed.length], ['v40', 60], 'after the commit');
  const again = await read(kafka, `${prefix}-a`, topic, { until: 'v99', commit: true });
  same([again[0], again.length], ['v40', 60], 'what was read without a commit is read again');
  const other = await read(kafka, `${prefix}-b`, topic, { until: 'v99', commit: false });
  same([other[0], other.length], ['v0', 100], 'another group');
};
