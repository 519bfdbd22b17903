import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { startRedis, type TestRedis } from '#tests/support/redis.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { Instances } from './instances.ts';

/** In the long run as many processes as a machine has cores for many; two show the same. */
const COUNT = LONG ? 6 : 2;
const CANARY = 'canary-4711';

let redis: TestRedis;
let upstream: TestUpstream;
const instances = new Instances();

describe.skipIf(isSkipped('redis-server'))(`instances over one tier${skipNote('redis-server')}`, () => {
  beforeAll(async () => {
    [redis, upstream] = await Promise.all([startRedis(), startUpstream()]);
    await instances.start(COUNT, upstream.url, redis.url);
  });
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    upstream.seen.length = 0;
    upstream.otherwise = (response) => json(response, { n: 1 });
  });
  afterAll(async () => {
    await instances.end();
    await Promise.all([redis?.kill(), upstream?.close()]);
  });

  const thing = (id: string, times = 1) => ({
    do: 'ask' as const,
    targets: Array.from({ length: times }, () => `/api/things/${id}`),
  });

  test('one cold key, asked for everywhere at once: one call to the upstream', async () => {
    const gate = gated((response) => json(response, { n: 1 }));
    upstream.otherwise = gate.handler;
    const asked = instances.all(thing('cold', 50));
    await expect.poll(gate.waiting).toBe(1);
    // The others wait for the one that has the lease: it is looked whether any of them goes by itself.
    await new Promise((resolve) => setTimeout(resolve, 300));
    gate.open();
    const told = await asked;
    const answers = told.flatMap((one) => one.answers);
    expect(answers.length).toBe(50 * COUNT);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(upstream.count()).toBe(1);
    expect(told.filter(({ sources }) => sources.includes('miss')).length).toBe(1);
    expect(told.filter(({ sources }) => sources.includes('shared')).length).toBe(COUNT - 1);
  });

  test('a purge in one instance outranks what all have, in themselves and between them', async () => {
    await instances.all(thing('1'));
    const before = upstream.count();
    upstream.otherwise = (response) => json(response, { n: 2 });
    await instances.tell(0, { do: 'purge', tags: ['thing:1'] });
    // Its own purge counts there at once; the others have it as soon as they have read the log.
    const [first] = (await instances.tell(0, thing('1'))).answers;
    expect(first?.body).toContain('"n":2');
    await expect.poll(async () => (await instances.tell(1, thing('1'))).answers[0]?.body).toContain('"n":2');
    // What is fetched before the log has its purge is for its own process alone.
    expect(upstream.count() - before).toBeLessThanOrEqual(2);
  });

  test('what is private is sealed there, for its owner, or not there at all', async () => {
    upstream.otherwise = (response, { headers }) => {
      const [, body = ''] = (headers.authorization ?? '').split('.');
      const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string };
      json(response, { n: 1, note: `${CANARY} of ${sub}` });
    };
    const users = ['ada', 'bob'];
    for (const user of users) {
      await instances.tell(0, { do: 'ask', targets: ['/api/mine/1'], user });
      expect(await redis.everything()).toBe('');
    }
    for (const user of users) await instances.tell(0, { do: 'ask', targets: ['/api/sealed/2'], user });
    const keys = async () => (await redis.everything()).match(/tributary:/g)?.length;
    await expect.poll(keys).toBe(2);
    const kept = await redis.everything();
    expect(kept).not.toMatch(/canary|ada|bob|mine/);
    for (const user of users) {
      const told = await instances.tell(1, { do: 'ask', targets: ['/api/sealed/2'], user });
      expect(told.sources).toEqual(['shared']);
      expect(told.answers[0]?.body).toContain(`${CANARY} of ${user}`);
    }
    expect(upstream.count()).toBe(4);
  });
});
