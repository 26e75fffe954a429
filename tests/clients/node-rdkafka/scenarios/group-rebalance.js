'use strict';
const { expect, same, eventually } = require('../../npm/expect');
const { recordAt, GroupReading } = require('../../npm/records');
const { createTopic, withProducer, connectConsumer, disconnect, promised } = require('../client');

const PARTITIONS = 4;

/** A member that reads until it leaves. */
class Member {
  static async join(bootstrap, group, topic, reading, strategy) {
    const member = new Member();
    member.consumer = await connectConsumer(bootstrap, group, { 'partition.assignment.strategy': strategy, 'enable.auto.commit': true, 'auto.commit.interval.ms': 500 });
    member.consumer.subscribe([topic]);
    member.reads = member.read(reading);
    return member;
  }

  async read(reading) {
    while (!this.leaving) for (const { value } of await promised((done) => this.consumer.consume(100, done))) reading.see(value);
  }

  get owned() {
    return this.consumer.assignments().map((p) => p.partition).sort();
  }

  async leave() {
    this.leaving = true;
    await this.reads;
    await disconnect(this.consumer);
  }
}

async function atRest(members) {
  await eventually(`${members.length} members share ${PARTITIONS} partitions`, () => {
    const owned = members.map((m) => m.owned);
    const idle = owned.filter((partitions) => partitions.length === 0).length;
    return JSON.stringify(owned.flat().sort()) === '[0,1,2,3]' && idle === Math.max(0, members.length - PARTITIONS) ? true : owned;
  });
}

async function comeAndGo(bootstrap, prefix, strategy) {
  const topic = `${prefix}-${strategy}`;
  const join = () => Member.join(bootstrap, `${topic}-group`, topic, reading, strategy);
  await createTopic(bootstrap, topic, PARTITIONS);
  const reading = new GroupReading();
  let flowing = true;

  await withProducer(bootstrap, {}, async (sender) => {
    const flow = (async () => {
      while (flowing) {
        for (let i = 0; i < 100; i++) await sender.send(topic, null, recordAt(sender.sent));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await sender.flushed();
    })();

    const members = [await join()];
    await atRest(members);
    same(members[0].consumer.rebalanceProtocol(), strategy === 'cooperative-sticky' ? 'COOPERATIVE' : 'EAGER', 'protocol');
    members.push(await join());
    await atRest(members);
    members.push(...(await Promise.all([join(), join(), join()])));
    await atRest(members);
    await members.shift().leave();
    await members.pop().leave();
    await atRest(members);
    flowing = false;
    await flow;

    expect(sender.sent > 100, `only ${sender.sent} records flowed`);
    await eventually('the group reads every record', () => reading.hasAll(sender.sent));
    await Promise.all(members.map((m) => m.leave()));
  });
}

module.exports = async ({ bootstrap, prefix }) => {
  await comeAndGo(bootstrap, prefix, 'range');
  await comeAndGo(bootstrap, prefix, 'cooperative-sticky');
};
