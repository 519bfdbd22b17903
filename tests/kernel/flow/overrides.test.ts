import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import type { Override, OverrideTarget } from '#kernel/state/override.ts';
import { removeOverride, setOverride } from '#kernel/state/overrides.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { upstreamState } from '#kernel/upstream/lane/state.ts';
import { trafficStats } from '#kernel/upstream/lane/traffic.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

const MINUTE = 60_000;
const Thing = z.object({ n: z.int() });
const policy = { timeout: 400, attempts: 1, parallel: 32 };
const things = upstream('things', policy);
const stars = upstream('stars', policy);
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  output: z.object({ thing: Thing, rating: Thing.optional(), hint: Thing.optional() }),
  deadline: 1_000,
} as const;

/** Nothing of it may stand in by its menu; the rating is a part, the hint is optional and no part. */
const getThing = operation(
  { ...contract, id: 'getThing', route: 'GET /api/things/{id}', parts: ['rating'] },
  ({ id }, { all }) =>
    all(
      {
        thing: subject(things.get(path`things/${id}`, Thing, cache.for('60s').tagged(`thing:${id}`))),
        rating: optional(stars.get(path`stars/${id}`, Thing, cache.for('40ms')), { n: 0 }),
        hint: optional(stars.get(path`hints/${id}`, Thing, cache.for('40ms'))),
      },
      (values) => values,
    ),
);
const getBare = operation({ ...contract, id: 'getBare', route: 'GET /api/bare/{id}' }, ({ id }, { all }) =>
  all({ thing: required(things.get(path`things/${id}`, Thing, cache.for('60s'))) }, (values) => values),
);

let upstreams: TestUpstream[];
let shop: TestEngine;
let count: number;
const starred = () => upstreams[1] as TestUpstream;

beforeEach(async () => {
  count = 0;
  await stopTime('Date');
  upstreams = await Promise.all([startUpstream(), startUpstream()]);
  for (const one of upstreams) one.otherwise = (response) => json(response, { n: 7 });
  shop = startEngine({ things: upstreams[0]?.url ?? '', stars: starred().url }, [getThing, getBare]);
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(upstreams.map((one) => one.close()));
});

const table = () => shop.engine.deps.overrides;
function pulled(aim: OverrideTarget, lasts: number = MINUTE): Override {
  const now = Date.now();
  const lever = { ...aim, id: `l${++count}`, why: 'drill', who: 'Ana', at: now, until: now + lasts };
  setOverride(table(), lever, now);
  return lever;
}
const stop = ({ id }: Override) => removeOverride(table(), id, Date.now());
const down = () => {
  starred().otherwise = (response) => json(response, {}, 500);
};
/** Lets the short-lived values of the stars be old. */
const grownOld = () => vi.advanceTimersByTime(60);
const BROKEN = { state: 'fallback', reason: 'unavailable' };

describe('serving stale for longer', () => {
  test('an old value stands in while the upstream fails, is marked as old, and is not stored', async () => {
    await shop.ask('/api/things/1');
    grownOld();
    down();
    expect((await shop.ask('/api/things/1')).sections.rating).toEqual(BROKEN);
    const lever = pulled({ kind: 'stale', upstream: 'stars', beyond: MINUTE });
    const covered = await shop.ask('/api/things/1');
    expect(covered.json).toMatchObject({ rating: { n: 7 }, hint: { n: 7 }, meta: { complete: false } });
    expect(covered.sections.rating).toMatchObject({ state: 'stale', reason: 'unavailable' });
    expect(covered.headers['cache-control']).toBe('no-store');
    stop(lever);
    expect((await shop.ask('/api/things/1')).sections.rating).toEqual(BROKEN);
  });

  test('not beyond the age that it was given, nor beyond its own end', async () => {
    await shop.ask('/api/things/1');
    vi.advanceTimersByTime(120);
    down();
    pulled({ kind: 'stale', upstream: 'stars', beyond: 20 });
    expect((await shop.ask('/api/things/1')).sections.rating).toEqual(BROKEN);
    pulled({ kind: 'stale', upstream: 'stars', beyond: MINUTE }, 2_000);
    expect((await shop.ask('/api/things/1')).sections.rating?.state).toBe('stale');
    vi.advanceTimersByTime(2_000);
    expect((await shop.ask('/api/things/1')).sections.rating).toEqual(BROKEN);
  });

  test('an override that ends while a call is under way covers it no more', async () => {
    await shop.ask('/api/things/1');
    grownOld();
    starred().otherwise = hang;
    pulled({ kind: 'stale', upstream: 'stars', beyond: MINUTE }, 200);
    const before = starred().seen.length;
    const asked = shop.ask('/api/things/1', { 'x-deadline-ms': '1000' });
    await until('the call is under way', () => starred().seen.length > before);
    vi.advanceTimersByTime(200);
    expect((await passTime(asked)).sections.rating).toEqual({
      state: 'fallback',
      reason: 'timeout',
    });
  });

  test('while the upstream is well it changes nothing', async () => {
    pulled({ kind: 'stale', upstream: 'stars', beyond: MINUTE });
    await shop.ask('/api/things/1');
    grownOld();
    starred().otherwise = (response) => json(response, { n: 8 });
    expect((await shop.ask('/api/things/1')).json).toMatchObject({ rating: { n: 8 }, meta: { complete: true } });
  });
});

describe('holding a breaker open', () => {
  test('nothing is sent, parts fall back at once, and it counts for nothing; released, all is as it was', async () => {
    starred().otherwise = hang;
    const lever = pulled({ kind: 'open', upstream: 'stars' });
    for (let times = 0; times < 30; times++) {
      const answer = await shop.ask('/api/things/1');
      expect(answer.json).toMatchObject({ rating: { n: 0 }, meta: { complete: false } });
      expect(answer.sections.rating).toEqual({ state: 'fallback', reason: 'open' });
    }
    expect(starred().count()).toBe(0);
    const held = recentTraces(1)[0]?.calls.filter(({ upstream: name }) => name === 'stars');
    expect(held?.map(({ outcome, wire }) => [outcome, wire?.isolated])).toEqual([
      ['open', true],
      ['open', true],
    ]);
    const { breaker, traffic } = upstreamState(shop.lane(), 'stars');
    expect([breaker.state, breaker.consecutive, trafficStats(traffic, performance.now()).calls]).toEqual([
      'closed',
      0,
      0,
    ]);

    starred().otherwise = (response) => json(response, { n: 7 });
    stop(lever);
    expect((await shop.ask('/api/things/1')).json).toMatchObject({ rating: { n: 7 }, meta: { complete: true } });
  });

  test('it ends by itself', async () => {
    pulled({ kind: 'open', upstream: 'stars' }, 50);
    expect((await shop.ask('/api/things/1')).sections.rating?.reason).toBe('open');
    vi.advanceTimersByTime(50);
    expect((await shop.ask('/api/things/1')).sections).toEqual({});
  });

  test('what is kept and fresh is still served: only calls are held', async () => {
    await shop.ask('/api/bare/1');
    pulled({ kind: 'open', upstream: 'things' });
    expect((await shop.ask('/api/bare/1')).status).toBe(200);
    expect((await shop.ask('/api/bare/2')).status).toBe(503);
  });
});

describe('shedding a part', () => {
  const hit = (target: string) => findHit(shop.engine, target, {});

  test('it is left out as if it had not been asked for, also of what is kept, and the answer says so', async () => {
    await shop.ask('/api/things/1');
    await shop.ask('/api/things/1');
    expect(hit('/api/things/1')?.status).toBe(200);
    const lever = pulled({ kind: 'shed', operation: 'getThing', part: 'rating' });
    expect(hit('/api/things/1')).toBeUndefined();
    expect((await shop.ask('/api/things/1')).sections.rating?.reason).toBe('shed');
    grownOld();
    const asked = starred().count('/stars');
    for (const target of ['/api/things/1', '/api/things/1?parts=rating']) {
      const { json: view, sections, headers } = await shop.ask(target);
      expect('rating' in view).toBe(false);
      expect(sections.rating).toEqual({ state: 'missing', reason: 'shed' });
      expect([headers['section-status'], headers['cache-control']]).toEqual(['rating=missing;reason=shed', 'no-store']);
    }
    expect(starred().count('/stars')).toBe(asked);
    expect((await shop.ask('/api/bare/1')).sections).toEqual({});
    stop(lever);
    const after = await shop.ask('/api/things/1');
    expect(after.json).toMatchObject({ rating: { n: 7 }, meta: { complete: true } });
  });

  test('it ends by itself, and nothing that was made under it is kept', async () => {
    pulled({ kind: 'shed', operation: 'getThing', part: 'rating' }, 150);
    expect((await shop.ask('/api/things/1')).sections.rating?.reason).toBe('shed');
    expect(shop.engine.responses.size).toBe(0);
    vi.advanceTimersByTime(150);
    expect((await shop.ask('/api/things/1')).sections).toEqual({});
  });

  test.each(['thing', 'hint', 'nothing'])('what is no part is never left out: %s', async (part) => {
    pulled({ kind: 'shed', operation: 'getThing', part });
    const { status, json: view, sections } = await shop.ask('/api/things/1');
    expect([status, sections]).toEqual([200, {}]);
    expect(view).toMatchObject({ thing: { n: 7 }, rating: { n: 7 }, hint: { n: 7 } });
  });
});

test('a scenario is played as it was written, whatever is pulled', async () => {
  pulled({ kind: 'open', upstream: 'stars' });
  pulled({ kind: 'shed', operation: 'getThing', part: 'rating' });
  expect((await shop.ask('/api/things/1', { 'x-scenario': 'calm' })).sections).toEqual({});
});

test('an override for longer than a day ends after a day, and a later one of the same aim replaces it', () => {
  const aim = { kind: 'open', upstream: 'stars' } as const;
  const first = pulled(aim, 30 * 24 * 60 * MINUTE);
  expect(table().active?.all[0]?.until).toBe(first.at + 24 * 60 * MINUTE);
  const second = pulled(aim);
  expect(table().active?.all).toEqual([second]);
  stop(first);
  expect(table().active?.all).toEqual([second]);
  stop(second);
  expect(table().active).toBeUndefined();
});

test('a purge of an upstream makes old whatever it has answered', async () => {
  await shop.ask('/api/bare/1');
  const asked = upstreams[0]?.count() ?? 0;
  shop.purge('upstream:stars');
  await shop.ask('/api/bare/1');
  expect(upstreams[0]?.count()).toBe(asked);
  shop.purge('upstream:things');
  await shop.ask('/api/bare/1');
  await until('it is asked again', () => upstreams[0]?.count() === asked + 1);
});
