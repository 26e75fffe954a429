'use strict';
const { expect, same } = require('./expect');

const COUNT = 100000;
// Ten minutes ago: older ones would be for retention to take.
const FIRST_TIMESTAMP = Date.now() - 600000;

/** Record number n: all of it follows from n, so that a reader can check every byte. */
function recordAt(n) {
  return {
    key: `key-${n % 997}`,
    value: `${n} ${'v'.repeat(n % 90)}`,
    headers: { n: String(n), kind: 'checked' },
    timestamp: FIRST_TIMESTAMP + n,
  };
}

function* recordsFrom(first, count) {
  for (let n = first; n < first + count; n++) yield recordAt(n);
}

/** What was read of one topic. Texts are compared as UTF-8; `headers` is an object of name to Buffer or string. */
class Reading {
  constructor(expected) {
    this.expected = expected;
    this.read = 0;
    this.seen = new Uint8Array(expected);
    this.next = new Map();
    this.last = new Map();
    this.partitionOfKey = new Map();
  }

  /** Checks one record; offsets must follow each other from 0 in each partition. */
  see({ partition, offset, key, value, headers, timestamp }) {
    const where = `partition ${partition} offset ${offset}`;
    const expectedOffset = this.next.get(partition) ?? 0;
    expect(Number(offset) === expectedOffset, `${where}: expected offset ${expectedOffset}`);
    this.next.set(partition, expectedOffset + 1);

    const n = parseInt(String(value), 10);
    expect(n >= 0 && n < this.expected, `${where}: foreign value ${value}`);
    expect(!this.seen[n], `${where}: record ${n} twice`);
    expect(n > (this.last.get(partition) ?? -1), `${where}: record ${n} after ${this.last.get(partition)}`);
    this.seen[n] = 1;
    this.last.set(partition, n);
    this.read++;

    const wanted = recordAt(n);
    expect(String(value) === wanted.value, `${where}: value ${value}`);
    expect(String(key) === wanted.key, `${where}: key ${key}, not ${wanted.key}`);
    const home = this.partitionOfKey.get(wanted.key);
    expect(home === undefined || home === partition, `${where}: ${wanted.key} is in partition ${home}, too`);
    this.partitionOfKey.set(wanted.key, partition);
    if (headers !== undefined) {
      for (const name of Object.keys(wanted.headers)) expect(String(headers[name]) === wanted.headers[name], `${where}: header ${name} is ${headers[name]}`);
      expect(Object.keys(headers).length === 2, `${where}: ${Object.keys(headers).length} headers`);
    }
    if (timestamp !== undefined) expect(Number(timestamp) === wanted.timestamp, `${where}: timestamp ${timestamp}, not ${wanted.timestamp}`);
  }

  get complete() {
    return this.read === this.expected;
  }

  /** `partitions`: how many there are; with 997 keys each one has some. */
  finish(partitions) {
    same(this.read, this.expected, 'records read');
    same(this.next.size, partitions, 'partitions with records');
  }
}

/** What a group read, where a record may come twice when its reader left before it committed: each at least once. */
class GroupReading {
  constructor() {
    this.seen = new Set();
  }

  see(value) {
    this.seen.add(parseInt(String(value), 10));
  }

  hasAll(count) {
    return this.seen.size === count ? true : `${this.seen.size} of ${count} records`;
  }
}

module.exports = { COUNT, FIRST_TIMESTAMP, recordAt, recordsFrom, Reading, GroupReading };
