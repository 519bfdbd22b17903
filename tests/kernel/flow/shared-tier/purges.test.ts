import { describe, expect, test } from 'vitest';
import { followPurges, purgeAllStep, purgeReader, purgeStep } from '#kernel/cache/purge-log.ts';
import { awaitLogging } from '#kernel/cache/purge-positions.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { startEngine } from '#tests/support/engine.ts';
import {
  instance,
  lastCall,
  OPERATIONS_OF_TIER,
  served,
  state,
  stored,
  tier,
  upstreams,
  withTier,
} from '#tests/support/tier-instances.ts';
import { until } from '#tests/support/until.ts';
import { json } from '#tests/support/upstream.ts';

withTier();

describe('a purge', () => {
  test('in one instance outranks what any has shared before it', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const { texts } = tier;
    await state.commit([purgeStep(['thing:1'])]);
    served.n = 1;
    const second = await instance();
    expect((await second.ask('/api/things/1')).json.thing).toEqual({ n: 1 });
    expect(tierFigures().reads).toMatchObject({ outdated: 1, hit: 0 });
    await second.settled();
    expect(texts.size).toBe(1);
    const third = await instance();
    expect((await third.ask('/api/things/1')).json.thing).toEqual({ n: 1 });
    expect(upstreams.count()).toBe(2);
  });

  test('outranks a value that was on its way to the tier meanwhile', async () => {
    const first = await instance();
    let answer: (() => void) | undefined;
    upstreams.otherwise = (response) => {
      answer = () => json(response, { n: 0 });
    };
    const asked = first.ask('/api/things/1');
    await until('the upstream is asked', () => answer !== undefined);
    // Another process purges; this one has not read of it when it writes.
    await state.commit([purgeStep(['thing:1'])]);
    answer?.();
    expect((await asked).json.thing).toEqual({ n: 0 });
    await stored(first);
    upstreams.otherwise = (response) => json(response, { n: 1 });
    const second = await instance();
    expect((await second.ask('/api/things/1')).json.thing).toEqual({ n: 1 });
    await second.settled();
  });

  test('that is read while a value is about to be written is newer than it', async () => {
    const first = await instance();
    const { positions } = first.engine.deps.tags;
    upstreams.otherwise = (response) => {
      json(response, served);
      // The log is read further once the value is here, before it is written.
      Object.defineProperty(tier, 'unavailableReason', {
        get: () => {
          Object.assign(positions ?? {}, { position: 1 });
          return undefined;
        },
      });
    };
    await first.ask('/api/things/1');
    await stored(first);
    expect(positions?.position).toBe(1);
    expect([...tier.texts.values()].map(({ text }) => text)).toEqual([expect.stringContaining('"position":0')]);
  });

  test('that is read while a value comes keeps it out of the tier', async () => {
    const first = await instance();
    upstreams.otherwise = async (response) => {
      await state.commit([purgeStep(['thing:1'])]);
      await first.read();
      json(response, { n: 0 });
    };
    await first.ask('/api/things/1');
    await first.settled();
    expect(tier.texts.size).toBe(0);
    expect(tier.leases.size).toBe(0);
  });

  test('of this process counts before the log has it', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const second = await instance();
    served.n = 1;
    second.purge('thing:1');
    const { positions } = second.engine.deps.tags;
    let logged: (() => void) | undefined;
    awaitLogging(positions, ['thing:1'], new Promise<void>((resolve) => (logged = resolve)));
    expect((await second.ask('/api/things/1')).json.thing).toEqual({ n: 1 });
    logged?.();
    await second.settled();
  });

  test('that is read only when a value shows that there is more to read: then it counts', async () => {
    const behind = startEngine({ shop: upstreams.url }, OPERATIONS_OF_TIER, { state, tier });
    await purgeReader(state, behind.engine.deps.tags)();
    const { tags } = behind.engine.deps;
    // Others went on: a purge, and a value from after it. The one here that is behind has nobody who reads the log for it.
    await state.commit([purgeStep(['things'])]);
    await behind.ask('/api/things/1');
    await behind.settled();
    const [key, text] = [...tier.texts][0] ?? [];
    if (key === undefined || text === undefined) throw new Error('nothing was shared');
    tier.texts.set(key, { ...text, text: text.text.replace('"position":0', '"position":1') });
    behind.lane().calls.clear();
    behind.engine.responses.clear();
    await behind.ask('/api/things/1');
    expect(tags.positions?.position).toBe(0);
    expect(tierFigures().reads).toMatchObject({ outdated: 1, hit: 0 });
    expect(upstreams.count()).toBe(2);
    await behind.settled();
  });
});

test.each([
  ['of it', () => purgeStep(['thing:1'])],
  ['of everything', purgeAllStep],
])(
  'what an instance that has just begun fetches soon after a purge %s is shared for a moment only',
  async (_, step) => {
    await state.commit([step()]);
    const shop = await instance({ cdn: 'fastly' });
    // Of a replica that lags behind.
    const { headers } = await shop.ask('/api/things/1');
    await stored(shop);
    const [entry] = [...shop.lane().calls.values()];
    expect(entry?.provisional).toBe(true);
    const [{ text, until: end } = { text: '', until: 0 }] = [...tier.texts.values()];
    expect(text).toContain('"provisional":true');
    const record = JSON.parse(text) as { fresh: number; stale: number };
    expect(Math.max(record.fresh, record.stale)).toBeLessThanOrEqual(1_000);
    expect(end).toBeGreaterThan(0);
    expect(headers['cdn-cache-control']).toBe('no-store');
  },
);

test('a process that is behind reads the log before it takes a value from after it', async () => {
  const first = await instance();
  await state.commit([purgeStep(['other'])]);
  await first.read();
  await first.ask('/api/things/1');
  await stored(first);
  // Nothing has been read here but an empty log, and then time has passed.
  const second = startEngine({ shop: upstreams.url }, OPERATIONS_OF_TIER, { state, tier });
  const follower = followPurges(state, second.engine.deps.tags);
  await follower.catchUp();
  const { positions } = second.engine.deps.tags;
  Object.assign(positions ?? {}, { position: 0 });
  await second.ask('/api/things/1');
  follower.stop();
  expect(lastCall()?.cache).toBe('shared');
  expect(positions?.position).toBe(1);
});
