'use strict';
const { expect, refused } = require('../../npm/expect');
const { recordsFrom, Reading } = require('../../npm/records');
const { rdkafka, promised, createTopic, produceAll, readAll } = require('../client');

module.exports = async ({ bootstrap, prefix }) => {
  const as = (password) => ({ 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'alice', 'sasl.password': password });
  const topic = `${prefix}-authentication`;
  await createTopic(bootstrap, topic, 1, {}, as('alice-secret'));
  await produceAll(bootstrap, topic, recordsFrom(0, 100), as('alice-secret'));
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

  // The call that connects knows only that it got no metadata; why is in the log, as errors are told to who is connected (docs/FINDINGS.md).
  const producer = new rdkafka.Producer({ 'bootstrap.servers': bootstrap, event_cb: true, ...as('wrong') });
  const log = [];
  producer.on('event.log', ({ message }) => log.push(message));
  await refused('a wrong password', () => promised((done) => producer.connect({ timeout: 2000 }, done)), (error) => error.code === rdkafka.CODES.ERRORS.ERR__TRANSPORT);
  expect(log.some((line) => line.includes('Authentication failed: Invalid username or password')), `a wrong password is logged as: ${log}`);
};
