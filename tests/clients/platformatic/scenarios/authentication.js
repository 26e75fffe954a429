'use strict';
const { refused } = require('../../npm/expect');
const { recordsFrom, Reading } = require('../../npm/records');
const { withAdmin, createTopic, withProducer, produceAll, readAll, isError } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const as = (password) => ({ sasl: { mechanism: 'PLAIN', username: 'alice', password } });
  const topic = `${prefix}-authentication`;
  await createTopic(bootstrap, topic, 1, {}, as('alice-secret'));
  await withProducer(bootstrap, as('alice-secret'), (producer) => produceAll(producer, topic, recordsFrom(0, 100)));
  const reading = new Reading(100);
  await readAll(
    bootstrap,
    `${topic}-reader`,
    topic,
    (message) => {
      reading.see(message);
      return reading.complete;
    },
    as('alice-secret'),
  );
  reading.finish(1);

  await refused('a wrong password', () => withAdmin(bootstrap, (admin) => admin.listTopics(), { ...as('wrong'), retries: 0 }), isError('SASL_AUTHENTICATION_FAILED'));
};
