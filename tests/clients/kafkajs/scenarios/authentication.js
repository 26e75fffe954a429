'use strict';
const { expect, refused } = require('../../npm/expect');
const { recordsFrom, Reading } = require('../../npm/records');
const { connect, createTopic, withProducer, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const as = (password) => connect(bootstrap, 'matrix-kafkajs', { sasl: { mechanism: 'plain', username: 'alice', password } });
  const alice = as('alice-secret');
  const topic = `${prefix}-authentication`;
  await createTopic(alice, topic, 1);
  await withProducer(alice, {}, (producer) => produceAll(producer, topic, recordsFrom(0, 100)));
  const reading = new Reading(100);
  await readAll(alice, `${topic}-reader`, topic, (message) => {
    reading.see(message);
    return reading.complete;
  });
  reading.finish(1);

  await refused('a wrong password', () => withProducer(as('wrong'), {}, async () => expect(false, 'connected')), (error) =>
    error.name === 'KafkaJSSASLAuthenticationError' && error.message.includes('Invalid username or password'),
  );
};
