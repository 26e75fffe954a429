'use strict';
const { same } = require('../../npm/expect');
const { createTopic, produceAll, connectConsumer, disconnect, consumeUntil, promised } = require('../client');

/** Reads values in order up to `until`, commits there where `commit` is set, and leaves. */
async function read(bootstrap, group, topic, { until, commit }) {
  const consumer = await connectConsumer(bootstrap, group);
  const values = [];
  try {
    consumer.subscribe([topic]);
    await consumeUntil(consumer, `${group} reads up to ${until}`, ({ value, partition, offset }) => {
      values.push(String(value));
      if (values.at(-1) !== until) return false;
      if (commit) consumer.commitSync({ topic, partition, offset: offset + 1 });
      return true;
    });
  } finally {
    await disconnect(consumer);
  }
  return values;
}

async function committed(bootstrap, group, topic) {
  const consumer = await connectConsumer(bootstrap, group);
  try {
    const [{ offset }] = await promised((done) => consumer.committed([{ topic, partition: 0 }], 10000, done));
    return offset ?? null;
  } finally {
    await disconnect(consumer);
  }
}

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-resumed`;
  await createTopic(bootstrap, topic, 1);
  await produceAll(bootstrap, topic, Array.from({ length: 100 }, (_, n) => ({ value: `v${n}` })));

  const first = await read(bootstrap, `${prefix}-a`, topic, { until: 'v39', commit: true });
  same(first.length, 40, 'records before the commit');
  same(await committed(bootstrap, `${prefix}-a`, topic), 40, 'committed');
  same(await committed(bootstrap, `${prefix}-unknown`, topic), null, 'a group that never committed');

  const resumed = await read(bootstrap, `${prefix}-a`, topic, { until: 'v99', commit: false });
  same([resumed[0], resumed.length], ['v40', 60], 'after the commit');
  const again = await read(bootstrap, `${prefix}-a`, topic, { until: 'v99', commit: true });
  same([again[0], again.length], ['v40', 60], 'what was read without a commit is read again');
  const other = await read(bootstrap, `${prefix}-b`, topic, { until: 'v99', commit: false });
  same([other[0], other.length], ['v0', 100], 'another group');
};
