'use strict';
const { same } = require('../../npm/expect');
const { createTopic, withProducer, readAll } = require('../client');

// Requests of a megabyte that come in many pieces, of which the last one is followed by nothing; then one record in a request.
module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-large`;
  await createTopic(bootstrap, topic, 1);
  const value = (n) => `${n} `.padEnd(n < 1000 ? 10000 : 500000, String(n % 10));
  await withProducer(bootstrap, {}, async (sender) => {
    for (let n = 0; n < 1020; n++) await sender.send(topic, 0, { value: value(n) });
    await sender.flushed();
  });
  let read = 0;
  await readAll(bootstrap, `${prefix}-reader`, topic, (message) => {
    same(message.offset, read, 'offset');
    same(String(message.value) === value(read), true, `value at ${read}`);
    return ++read === 1020;
  });
};
