'use strict';
const { COUNT, recordsFrom, Reading } = require('../../npm/records');
const { connect, createTopic, withProducer, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  const topic = `${prefix}-records`;
  await createTopic(kafka, topic, 6);
  await withProducer(kafka, {}, (producer) => produceAll(producer, topic, recordsFrom(0, COUNT)));

  const reading = new Reading(COUNT);
  await readAll(kafka, `${prefix}-reader`, topic, (message) => {
    reading.see(message);
    return reading.complete;
  });
  reading.finish(6);
};
