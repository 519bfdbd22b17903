import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { abandonTier } from '#kernel/cache/purge-recall.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine } from '#tests/support/engine.ts';
import type { MemoryTier } from '#tests/support/memory-tier.ts';
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
import { json, raw } from '#tests/support/upstream.ts';

withTier();

describe('what one instance has fetched', () => {
  test('another one serves without asking the upstream, as it would itself', async () => {
    const first = await instance();
    const before = await first.ask('/api/things/1');
    await stored(first);
    expect([...tier.texts.keys()].every((key) => /^tributary:1:\{[\w-]{43}\}$/.test(key))).toBe(true);
    const second = await instance();
    const after = await second.ask('/api/things/1');
    expect([after.text, after.headers.etag]).toEqual([before.text, before.headers.etag]);
    expect(lastCall()).toMatchObject({ cache: 'shared', outcome: 'ok' });
    expect(lastCall()?.age).toBeGreaterThan(0);
    expect(lastCall()?.wire).toBeUndefined();
    await second.ask('/api/things/1');
    expect(recentTraces(1)[0]?.cache).toBe('hit');
    expect(upstreams.count()).toBe(1);
    expect(tierFigures().reads.hit).toBe(1);
  });

  test.each<[string, (tier: MemoryTier) => void]>([
    ['at once', () => undefined],
    [
      'after its tier has counted half of it down',
      ({ texts }) => {
        for (const [key, { text, until: end }] of texts) texts.set(key, { text, until: end - 30_000 });
      },
    ],
    [
      'though its write waited for half of it, in a server that stood still',
      ({ texts }) => {
        for (const [key, { text, until: end }] of texts) {
          const older = (_: string, on: string) => `"storedOn":${Number(on) - 30_000}`;
          texts.set(key, { text: text.replace(/"storedOn":(\d+)/, older), until: end });
        }
      },
    ],
  ])('ends no later than it would have where it came from: %s', async (when, pass) => {
    const first = await instance();
    const began = performance.now();
    await first.ask('/api/things/1');
    const [from] = [...first.lane().calls.values()];
    await stored(first);
    // Its write has waited no longer than this.
    const waited = performance.now() - began;
    pass(tier);
    const second = await instance();
    await second.ask('/api/things/1');
    expect(lastCall()?.cache).toBe('shared');
    const [entry] = [...second.lane().calls.values()];
    // The clocks that are compared are not of one grain.
    const end = (from?.freshUntil ?? 0) - (when === 'at once' ? 0 : 30_000) + waited + 5;
    expect(entry?.freshUntil).toBeLessThanOrEqual(end);
  });

  test('is missing there too, where it is missing', async () => {
    upstreams.otherwise = (response) => json(response, {}, 404);
    const first = await instance();
    expect((await first.ask('/api/things/1')).status).toBe(502);
    await stored(first);
    const second = await instance();
    expect((await second.ask('/api/things/1')).status).toBe(502);
    expect(lastCall()).toMatchObject({ cache: 'shared', outcome: 'not-found' });
    expect(upstreams.count()).toBe(1);
  });

  test('is served old at once, fetched anew behind it, and given to the others again', async () => {
    const first = await instance();
    await first.ask('/api/brief/1');
    await stored(first);
    await new Promise((resolve) => setTimeout(resolve, 40));
    served.n = 1;
    const second = await instance();
    expect((await second.ask('/api/brief/1')).json.thing).toEqual({ n: 0 });
    expect(lastCall()?.cache).toBe('shared');
    await until('what is new is shared', () => [...tier.texts.values()].some(({ text }) => text.includes('"n":1')));
    expect(upstreams.count()).toBe(2);
    const third = await instance();
    expect((await third.ask('/api/brief/1')).json.thing).toEqual({ n: 1 });
  });

  test('stands in where its upstream fails', async () => {
    const first = await instance();
    await first.ask('/api/spared/1');
    await stored(first);
    await new Promise((resolve) => setTimeout(resolve, 40));
    upstreams.otherwise = (response) => json(response, {}, 503);
    const second = await instance();
    const told = await second.ask('/api/spared/1');
    expect([told.status, told.json.it]).toEqual([200, { n: 0 }]);
    expect(told.sections.it).toMatchObject({ state: 'stale', reason: 'unavailable' });
    expect(lastCall()?.cache).toBe('spare');
  });

  test('is asked after with its version, where its upstream names one', async () => {
    upstreams.otherwise = (response, { headers }) =>
      headers['if-none-match'] === '"v1"'
        ? raw(response, '', { etag: '"v1"' }, 304)
        : raw(response, '{"n":7}', { 'content-type': 'application/json', etag: '"v1"' });
    const first = await instance();
    await first.ask('/api/spared/1');
    await stored(first);
    await new Promise((resolve) => setTimeout(resolve, 40));
    const second = await instance();
    expect((await second.ask('/api/spared/1')).json.it).toEqual({ n: 7 });
    expect(lastCall()?.wire?.status).toBe(304);
  });

  test('is not theirs who have another log of purges: its position says nothing there', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const other = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
    const second = await instance({ state: other });
    await second.ask('/api/things/1');
    expect(upstreams.count()).toBe(2);
    await second.settled();
    await other.close();
  });

  test('is nobody’s once it is left behind; what an instance has itself it goes on serving', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    await abandonTier(state);
    await first.read();
    await first.ask('/api/things/1');
    expect(upstreams.count()).toBe(1);
    await first.settled();
    const second = await instance();
    await second.ask('/api/things/1');
    expect(upstreams.count()).toBe(2);
    await second.settled();
  });

  test('is left alone until the log has been read', async () => {
    const shop = startEngine({ shop: upstreams.url }, OPERATIONS_OF_TIER, { state, tier });
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.asked).toEqual([]);
  });
});
