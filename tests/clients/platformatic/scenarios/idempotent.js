'use strict';
const { recordsFrom, Reading } = require('../../npm/records');
const { createTopic, withProducer, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-once`;
  await createTopic(bootstrap, topic, 3);
  // Two identities, one after the other: each one's sequences begin with 0.
  for (const first of [0, 20000]) {
    await withProducer(bootstrap, { idempotent: true, acks: -1 }, (producer) => produceAll(producer, topic, recordsFrom(first, 20000)));
  }

  const reading = new Reading(40000);
  await readAll(bootstrap, `${prefix}-reader`, topic, (message) => {
    reading.see(message);
    return reading.complete;
  });
  reading.finish(3);
};
