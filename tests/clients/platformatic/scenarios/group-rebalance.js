'use strict';
const { expect, same, eventually } = require('../../npm/expect');
const { recordAt, GroupReading } = require('../../npm/records');
const { createTopic, withAdmin, withProducer, newConsumer } = require('../client');

const PARTITIONS = 4;
const json = (value) => JSON.stringify(value);

/** A member that reads until it leaves, and commits what it has read. */
class Member {
  static async join(bootstrap, group, topic, reading) {
    const member = new Member();
    member.consumer = newConsumer(bootstrap, group, { autocommit: 200 });
    const stream = await member.consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' });
    stream.on('data', (message) => reading.see(message.value));
    stream.on('error', (error) => (member.failure = error));
    return member;
  }

  get owned() {
    return (this.consumer.assignments ?? []).flatMap((a) => a.partitions).sort();
  }
}

/** At rest: the coordinator's members are ours, each partition has one owner, and every member agrees. */
async function atRest(admin, group, members) {
  await eventually(`${members.length} members share ${PARTITIONS} partitions`, async () => {
    const failed = members.find((m) => m.failure);
    if (failed) return `${failed.failure.stack}`;
    const described = (await admin.describeGroups({ groups: [group] })).get(group);
    const theirs = Object.fromEntries([...described.members.values()].map((m) => [m.id, [...(m.assignments?.values() ?? [])].flatMap((a) => a.partitions).sort()]));
    const agreed = members.every((m) => json(m.owned) === json(theirs[m.consumer.memberId]));
    const settled = described.state === 'Stable' && Object.keys(theirs).length === members.length && json(Object.values(theirs).flat().sort()) === '[0,1,2,3]' && agreed;
    return settled ? true : { state: described.state, theirs, ours: members.map((m) => m.owned) };
  });
  same(members.filter((m) => m.owned.length === 0).length, Math.max(0, members.length - PARTITIONS), `idle members of ${members.length}`);
}

module.exports = async ({ bootstrap, prefix }) => {
  const topic = `${prefix}-flow`;
  const group = `${prefix}-group`;
  await createTopic(bootstrap, topic, PARTITIONS);
  const reading = new GroupReading();
  const join = () => Member.join(bootstrap, group, topic, reading);
  let sent = 0;
  let flowing = true;

  await withAdmin(bootstrap, (admin) =>
    withProducer(bootstrap, {}, async (producer) => {
      const flow = (async () => {
        while (flowing) {
          await producer.send({ messages: Array.from({ length: 100 }, () => recordAt(sent++)).map(({ key, value }) => ({ topic, key, value })) });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();

      const members = [await join()];
      await atRest(admin, group, members);
      members.push(await join());
      await atRest(admin, group, members);
      members.push(...(await Promise.all([join(), join(), join()])));
      await atRest(admin, group, members);
      await members.shift().consumer.close(true);
      await members.pop().consumer.close(true);
      await atRest(admin, group, members);
      flowing = false;
      await flow;

      expect(sent > 100, `only ${sent} records flowed`);
      await eventually('the group reads every record', () => reading.hasAll(sent));
      await Promise.all(members.map((m) => m.consumer.close(true)));
      await eventually('the group is empty', async () => (await admin.describeGroups({ groups: [group] })).get(group).state === 'Empty');
    }),
  );
};
