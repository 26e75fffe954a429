'use strict';

/** The client has no such call: counts as skipped. */
class Unsupported extends Error {}

/** Fails with `what` unless `condition` holds. */
function expect(condition, what) {
  if (!condition) throw new Error(what);
}

const text = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v));

/** Both as JSON, so that a difference can be read. */
function same(actual, wanted, what) {
  expect(text(actual) === text(wanted), `${what}: expected ${text(wanted)}, was ${text(actual)}`);
}

/** Asks until the answer is true; what it last answered is in the failure. */
async function eventually(what, ask, seconds = 30) {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    let seen;
    try {
      seen = await ask();
      if (seen === true) return;
    } catch (error) {
      seen = error.message;
    }
    expect(Date.now() < until, `${what}: not within ${seconds} s; last seen: ${text(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Fails unless `call` rejects with an error of which `is` is true. */
async function refused(what, call, is) {
  let error;
  try {
    const result = await call();
    throw Object.assign(new Error(`${what}: was accepted with ${text(result)}`), { accepted: true });
  } catch (caught) {
    error = caught;
  }
  if (error.accepted) throw error;
  expect(is(error), `${what}: refused with another error: ${error.stack} ${text(error)}`);
}

module.exports = { Unsupported, expect, same, eventually, refused };
