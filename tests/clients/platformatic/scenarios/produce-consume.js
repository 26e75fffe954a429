'use strict';
const { COUNT, recordsFrom, Reading } = require('../../npm/records');
const { createTopic, withProducer, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-records`;
  await createTopic(bootstrap, topic, 6);
  await withProducer(bootstrap, {}, (producer) => produceAll(producer, topic, recordsFrom(0, COUNT)));

  const reading = new Reading(COUNT);
  await readAll(bootstrap, `${prefix}-reader`, topic, (message) => {
    reading.see(message);
    return reading.complete;
  });
  reading.finish(6);
};
