'use strict';
const { recordsFrom, Reading } = require('../../npm/records');
const { connect, createTopic, withProducer, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  const topic = `${prefix}-once`;
  await createTopic(kafka, topic, 3);
  // Two identities, one after the other: each one's sequences begin with 0.
  for (const first of [0, 10000]) {
    await withProducer(kafka, { idempotent: true, maxInFlightRequests: 1 }, (producer) => produceAll(producer, topic, recordsFrom(first, 10000)));
  }

  const reading = new Reading(20000);
  await readAll(kafka, `${prefix}-reader`, topic, (message) => {
    reading.see(message);
    return reading.complete;
  });
  reading.finish(3);
};
