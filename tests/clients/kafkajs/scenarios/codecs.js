'use strict';
const { CompressionTypes, CompressionCodecs } = require('kafkajs');
const { recordsFrom, Reading } = require('../../npm/records');
const { connect, createTopic, withProducer, produceAll, readAll } = require('../client');

// Built in: none and gzip. Snappy comes from a package in plain JavaScript, which writes Java's framing around the blocks; lz4 and zstd have none.
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  for (const [name, compression] of Object.entries({ none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy })) {
    const topic = `${prefix}-${name}`;
    await createTopic(kafka, topic, 2);
    await withProducer(kafka, {}, (producer) => produceAll(producer, topic, recordsFrom(0, 2000), { compression }));
    const reading = new Reading(2000);
    await readAll(kafka, `${topic}-reader`, topic, (message) => {
      reading.see(message);
      return reading.complete;
    });
    reading.finish(2);
  }
};
