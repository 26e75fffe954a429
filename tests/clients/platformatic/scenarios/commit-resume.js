'use strict';
const { same } = require('../../npm/expect');
const { createTopic, withAdmin, withProducer, withClient, newConsumer, readUntil } = require('../client');

/** Reads values in order up to `until`, commits there where `commit` is set, and leaves. */
async function read(bootstrap, group, topic, { until, commit }) {
  const values = [];
  await withClient(newConsumer(bootstrap, group), (consumer) =>
    readUntil(consumer, { topics: [topic], mode: 'committed', fallbackMode: 'earliest' }, `${group} reads up to ${until}`, async (message) => {
      values.push(message.value);
      if (message.value !== until) return false;
      if (commit) await message.commit();
      return true;
    }),
  );
  return values;
}

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-resumed`;
  await createTopic(bootstrap, topic, 1);
  await withProducer(bootstrap, {}, (producer) => producer.send({ messages: Array.from({ length: 100 }, (_, n) => ({ topic, value: `v${n}` })) }));

  const first = await read(bootstrap, `${prefix}-a`, topic, { until: 'v39', commit: true });
  same(first.length, 40, 'records before the commit');
  await withAdmin(bootstrap, async (admin) => {
    const asked = [`${prefix}-a`, `${prefix}-unknown`].map((groupId) => ({ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }));
    const groups = await admin.listConsumerGroupOffsets({ groups: asked });
    same(groups.map((g) => g.topics[0].partitions[0].committedOffset), [40n, -1n], 'committed, and of a group that never committed');
  });

  const resumed = await read(bootstrap, `${prefix}-a`, topic, { until: 'v99', commit: false });
  same([resumed[0], resumed.length], ['v40', 60], 'after the commit');
  const again = await read(bootstrap, `${prefix}-a`, topic, { until: 'v99', commit: true });
  same([again[0], again.length], ['v40', 60], 'what was read without a commit is read again');
  const other = await read(bootstrap, `${prefix}-b`, topic, { until: 'v99', commit: false });
  same([other[0], other.length], ['v0', 100], 'another group');
};
