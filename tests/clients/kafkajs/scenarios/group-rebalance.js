'use strict';
const { expect, same, eventually } = require('../../npm/expect');
const { recordAt, GroupReading } = require('../../npm/records');
const { connect, createTopic, withAdmin, withProducer, owners, quick } = require('../client');

const PARTITIONS = 4;

async function join(kafka, group, topic, reading) {
  const consumer = kafka.consumer({ groupId: group, ...quick });
  const member = { consumer, id: undefined, assigned: undefined };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.id = payload.memberId;
    member.assigned = [...(payload.memberAssignment[topic] ?? [])].sort();
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => reading.see(message.value) });
  return member;
}

/** At rest: the coordinator's members are ours, each partition has one owner, and every member agrees. */
async function atRest(admin, group, topic, members) {
  await eventually(`${members.length} members share ${PARTITIONS} partitions`, async () => {
    const now = await owners(admin, group, topic);
    const owned = Object.values(now.members).flat().sort();
    const agreed = members.every((m) => JSON.stringify(now.members[m.id]) === JSON.stringify(m.assigned));
    const settled = now.state === 'Stable' && Object.keys(now.members).length === members.length && JSON.stringify(owned) === '[0,1,2,3]' && agreed;
    return settled ? true : now;
  });
  const idle = members.filter((m) => m.assigned.length === 0).length;
  same(idle, Math.max(0, members.length - PARTITIONS), `idle members of ${members.length}`);
}

module.exports = async ({ bootstrap, prefix }) => {
  const kafka = connect(bootstrap);
  const topic = `${prefix}-flow`;
  const group = `${prefix}-group`;
  await createTopic(kafka, topic, PARTITIONS);
  const reading = new GroupReading();
  let sent = 0;
  let flowing = true;

  await withAdmin(kafka, (admin) =>
    withProducer(kafka, {}, async (producer) => {
      const flow = (async () => {
        while (flowing) {
          const messages = Array.from({ length: 100 }, () => recordAt(sent++)).map(({ key, value }) => ({ key, value }));
          await producer.send({ topic, messages });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();

      const members = [await join(kafka, group, topic, reading)];
      await atRest(admin, group, topic, members);
      members.push(await join(kafka, group, topic, reading));
      await atRest(admin, group, topic, members);
      members.push(...(await Promise.all([1, 2, 3].map(() => join(kafka, group, topic, reading)))));
      await atRest(admin, group, topic, members);
      await members.shift().consumer.disconnect();
      await members.pop().consumer.disconnect();
      await atRest(admin, group, topic, members);
      flowing = false;
      await flow;

      expect(sent > 100, `only ${sent} records flowed`);
      await eventually('the group reads every record', () => reading.hasAll(sent));
      await Promise.all(members.map((m) => m.consumer.disconnect()));
      await eventually('the group is empty', async () => (await owners(admin, group, topic)).state === 'Empty');
    }),
  );
};
