'use strict';
const { COUNT, recordsFrom, Reading } = require('../../npm/records');
const { same } = require('../../npm/expect');
const { createTopic, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-records`;
  await createTopic(bootstrap, topic, 6);
  const reports = await produceAll(bootstrap, topic, recordsFrom(0, COUNT));
  same(new Set(reports.map(({ report }) => `${report.partition}/${report.offset}`)).size, COUNT, 'acknowledged positions');

  const reading = new Reading(COUNT);
  await readAll(bootstrap, `${prefix}-reader`, topic, (message) => {
    reading.see(message);
    return reading.complete;
  });
  reading.finish(6);
};
