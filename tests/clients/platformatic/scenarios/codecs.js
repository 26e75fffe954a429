'use strict';
const { recordsFrom, Reading } = require('../../npm/records');
const { createTopic, withProducer, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const topic = `${prefix}-${compression}`;
    await createTopic(bootstrap, topic, 2);
    await withProducer(bootstrap, { compression }, (producer) => produceAll(producer, topic, recordsFrom(0, 2000)));
    const reading = new Reading(2000);
    await readAll(bootstrap, `${topic}-reader`, topic, (message) => {
      reading.see(message);
      return reading.complete;
    });
    reading.finish(2);
  }
};
