'use strict';
const { recordsFrom, Reading } = require('../../npm/records');
const { createTopic, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const topic = `${prefix}-${codec}`;
    await createTopic(bootstrap, topic, 2);
    await produceAll(bootstrap, topic, recordsFrom(0, 2000), { 'compression.codec': codec });
    const reading = new Reading(2000);
    await readAll(bootstrap, `${topic}-reader`, topic, (message) => {
      reading.see(message);
      return reading.complete;
    });
    reading.finish(2);
  }
};
