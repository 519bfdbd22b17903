import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { followPurges, purgeAllStep, purgeReader, purgeStep } from '#kernel/cache/purge-log.ts';
import { awaitLogging } from '#kernel/cache/purge-positions.ts';
import { leaveTier } from '#kernel/cache/purge-recall.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { openSqliteState } from '#kernel/state/sqlite.ts';
import type { State } from '#kernel/state/state.ts';
import { type CallTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { TIER_TIMEOUT } from '#kernel/upstream/resilience/guarded-tier.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { MemoryTier } from '#tests/support/memory-tier.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { until } from '#tests/support/until.ts';
import { hang, json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const http = upstream('shop', { timeout: 1_000, attempts: 1, parallel: 64 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 2_000,
} as const;
const Noted = z.object({ n: z.int(), note: z.string().optional() });

const get = <T>(id: string, schema: z.ZodType<T>, policy: ReturnType<typeof cache.for>) =>
  operation(
    { ...contract, id: `get${id}`, route: `GET /api/${id.toLowerCase()}/{id}`, output: z.object({ it: z.unknown() }) },
    ({ id: which }, { all }) =>
      all({ it: required(http.get(path`things/${which}`, schema, policy.tagged('things'))) }, (v) => v),
  );

const lasting = cache.for('60s');
const personal = (id: string, policy: ReturnType<typeof cache.for>) =>
  operation(
    {
      ...contract,
      id: `get${id}`,
      route: `GET /api/${id.toLowerCase()}/{id}`,
      audience: 'personal',
      output: z.object({ it: z.unknown() }),
    },
    ({ id: which }, { all }) =>
      all({ it: required(http.asUser.get(path`mine/${which}`, Noted, policy.tagged('mine'))) }, (v) => v),
  );

const OURS = [
  ...OPERATIONS,
  get('Dated', z.object({ n: z.int().transform((n) => new Date(n)) }), lasting),
  get('Noted', Noted, lasting),
  get('Spared', Noted, cache.for('30ms').staleOnError('60s')),
  personal('Mine', lasting),
  personal('Sealed', lasting.sharedSealed()),
];

let upstreams: TestUpstream;
let tier: MemoryTier;
let state: State;
let n: number;

beforeEach(async () => {
  upstreams = await startUpstream();
  n = 0;
  upstreams.otherwise = (response) => json(response, { n });
  tier = new MemoryTier();
  state = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
});
afterEach(async () => {
  await upstreams.close();
  await state.close();
});

/** Another instance over the same state and tier, or over those that are given. */
async function instance(more: Parameters<typeof startEngine>[2] = {}) {
  const shop = startEngine({ shop: upstreams.url }, OURS, { state, tier, ...more });
  const read = purgeReader(more.state ?? state, shop.engine.deps.tags);
  await read();
  return { ...shop, read };
}

const lastCall = (): CallTrace | undefined => recentTraces(1)[0]?.calls.at(-1);
const stored = async (shop: TestEngine) => {
  await shop.settled();
  expect(tierFigures().writes.stored).toBeGreaterThan(0);
};

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
    n = 1;
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
    await leaveTier(state);
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
    const shop = startEngine({ shop: upstreams.url }, OURS, { state, tier });
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.asked).toEqual([]);
  });
});

describe('what is not shared', () => {
  test('a value that would not be the same when it is read', async () => {
    const first = await instance();
    expect((await first.ask('/api/dated/1')).status).toBe(200);
    await first.settled();
    expect(tierFigures().writes).toMatchObject({ unfit: 1, stored: 0 });
    expect(tier.leases.size).toBe(0);
  });

  test('a value that is too large', async () => {
    upstreams.otherwise = (response) => json(response, { n, note: 'x'.repeat(300_000) });
    const first = await instance();
    await first.ask('/api/noted/1');
    await first.settled();
    expect(tierFigures().writes).toMatchObject({ unfit: 1, stored: 0 });
  });

  test('a value that is too large takes the older one away', async () => {
    const first = await instance();
    await first.ask('/api/spared/1');
    await stored(first);
    upstreams.otherwise = (response) => json(response, { n, note: 'x'.repeat(300_000) });
    await new Promise((resolve) => setTimeout(resolve, 40));
    await first.ask('/api/spared/1');
    await first.settled();
    expect(tier.texts.size).toBe(0);
  });

  test('what a scenario plays: its lane never touches the tier', async () => {
    const shop = await instance();
    await shop.ask('/api/things/1', { 'x-scenario': 'shop=slow' });
    await shop.settled();
    expect(upstreams.count()).toBe(1);
    expect(tier.asked).toEqual([]);
  });

  test('what may not be kept, and writes', async () => {
    const shop = await instance();
    await shop.ask('/api/live/1');
    await shop.ask('/api/things/1', {}, { method: 'POST', body: {} });
    await shop.settled();
    expect(tier.asked).toEqual([]);
  });
});

describe('a text that none of our instances has written', () => {
  test.each<[string, (text: string) => string]>([
    ['is no JSON', () => '{'],
    ['has another form', () => '{"position":0}'],
    ['does not fit the schema', (text) => text.replace('"n":0', '"n":"0"')],
    ['was stored at a time that is none', (text) => text.replace(/"storedOn":\d+/, '"storedOn":1e300')],
    ['has a life that is no number', (text) => text.replace(/"fresh":[\d.]+/, '"fresh":null')],
  ])('%s: the upstream is asked', async (_, spoil) => {
    const first = await instance();
    const before = await first.ask('/api/things/1');
    await stored(first);
    for (const [key, { text, until: end }] of tier.texts) tier.texts.set(key, { text: spoil(text), until: end });
    const second = await instance();
    expect((await second.ask('/api/things/1')).text).toBe(before.text);
    expect(upstreams.count()).toBe(2);
    expect(tierFigures().reads.unfit).toBe(1);
    await second.settled();
  });
});

describe('a purge', () => {
  test('in one instance outranks what any has shared before it', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const { texts } = tier;
    await state.commit([purgeStep(['thing:1'])]);
    n = 1;
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
      json(response, { n });
      // The log is read further once the value is here, before it is written.
      Object.defineProperty(tier, 'trouble', {
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
    n = 1;
    second.purge('thing:1');
    const { positions } = second.engine.deps.tags;
    let logged: (() => void) | undefined;
    awaitLogging(positions, ['thing:1'], new Promise<void>((resolve) => (logged = resolve)));
    expect((await second.ask('/api/things/1')).json.thing).toEqual({ n: 1 });
    logged?.();
    await second.settled();
  });

  test('that is read only when a value shows that there is more to read: then it counts', async () => {
    const behind = startEngine({ shop: upstreams.url }, OURS, { state, tier });
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
  const second = startEngine({ shop: upstreams.url }, OURS, { state, tier });
  const follower = followPurges(state, second.engine.deps.tags);
  await follower.catchUp();
  const { positions } = second.engine.deps.tags;
  Object.assign(positions ?? {}, { position: 0 });
  await second.ask('/api/things/1');
  follower.stop();
  expect(lastCall()?.cache).toBe('shared');
  expect(positions?.position).toBe(1);
});

describe('what is private', () => {
  const CANARY = 'canary-4711';
  const as = (user: string) => ({ authorization: `Bearer ${user}` });
  beforeEach(() => {
    upstreams.on('/mine', (response, { headers }) => {
      const [, body = ''] = (headers.authorization ?? '').split('.');
      const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string };
      json(response, { n: 1, note: `${CANARY} of ${sub}` });
    });
  });
  const everything = () => [...tier.texts].map(([key, { text }]) => `${key}\n${text}`).join('\n');

  test('stays in the process, if its policy does not say otherwise', async () => {
    const shop = await instance();
    await shop.ask('/api/mine/1', as('ada'));
    await shop.settled();
    expect(tier.asked).toEqual([]);
  });

  test('is sealed where its policy shares it: unreadable, and for its owner alone', async () => {
    const first = await instance();
    const { seal } = first.engine.runtime.sessions;
    await first.ask('/api/sealed/1', as('ada'));
    await stored(first);
    expect(everything()).not.toMatch(/canary|ada|mine|\{"/);
    const second = await instance();
    Object.assign(second.engine.deps.tier ?? {}, { seal });
    expect((await second.ask('/api/sealed/1', as('ada'))).json.it).toMatchObject({ note: `${CANARY} of ada` });
    expect(lastCall()?.cache).toBe('shared');
    expect((await second.ask('/api/sealed/1', as('bob'))).json.it).toMatchObject({ note: `${CANARY} of bob` });
    expect(lastCall()?.cache).toBe('miss');
    await second.settled();
    expect(tier.texts.size).toBe(2);
    expect(everything()).not.toMatch(/canary|ada|bob|mine|\{"/);
  });

  test('can’t be opened under another’s key, nor with other keys', async () => {
    const first = await instance();
    const { seal } = first.engine.runtime.sessions;
    await first.ask('/api/sealed/1', as('ada'));
    await first.ask('/api/sealed/1', as('bob'));
    await stored(first);
    const [one, other] = [...tier.texts];
    if (one === undefined || other === undefined) throw new Error('two were to be shared');
    tier.texts.set(one[0], other[1]);
    tier.texts.set(other[0], one[1]);
    const second = await instance();
    Object.assign(second.engine.deps.tier ?? {}, { seal });
    for (const user of ['ada', 'bob']) {
      expect((await second.ask('/api/sealed/1', as(user))).json.it).toMatchObject({ note: `${CANARY} of ${user}` });
    }
    expect(tierFigures().reads).toMatchObject({ unfit: 2, hit: 0 });
    await second.settled();
    const third = await instance();
    await third.ask('/api/sealed/1', as('ada'));
    expect(tierFigures().reads).toMatchObject({ unfit: 1, hit: 0 });
    await third.settled();
  });
});

describe('a lease', () => {
  test('is taken for a fetch, and given back', async () => {
    const shop = await instance();
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.asked).toEqual(['read', 'claim', 'read', 'write', 'release']);
    expect(tier.leases.size).toBe(0);
  });

  test('is given back where the fetch fails', async () => {
    upstreams.otherwise = (response) => json(response, {}, 503);
    const shop = await instance();
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.leases.size).toBe(0);
    expect(tier.texts.size).toBe(0);
  });

  test('that is had just after another has fetched and gone: its value is there now', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const texts = new Map(tier.texts);
    tier.texts.clear();
    const second = await instance();
    const { claim } = tier;
    tier.claim = async (...args) => {
      for (const [key, text] of texts) tier.texts.set(key, text);
      return claim.apply(tier, args);
    };
    expect((await second.ask('/api/things/1')).status).toBe(200);
    await second.settled();
    expect(upstreams.count()).toBe(1);
    expect(tier.leases.size).toBe(0);
  });

  test('that ran out while its upstream was slow, and is another’s by then, is left alone', async () => {
    const shop = await instance();
    upstreams.otherwise = (response) => {
      for (const [key] of tier.leases) tier.leases.set(key, { token: 'another’s', until: Number.POSITIVE_INFINITY });
      json(response, { n });
    };
    await shop.ask('/api/things/1');
    await shop.settled();
    expect([...tier.leases.values()].map(({ token }) => token)).toEqual(['another’s']);
  });

  test('that the tier has granted too late to be heard of is given back all the same', async () => {
    const shop = await instance();
    const { claim } = tier;
    tier.claim = async (...args) => {
      await claim.apply(tier, args);
      throw new Error('the answer is late');
    };
    upstreams.otherwise = (response) => json(response, {}, 503);
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.leases.size).toBe(0);
  });

  test('of another instance: its value is waited for', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const [[key, text] = []] = [tier.texts].map((texts) => [...texts][0]);
    if (key === undefined || text === undefined) throw new Error('nothing was shared');
    tier.texts.clear();
    tier.leases.set(key, { token: 'another’s', until: Number.POSITIVE_INFINITY });
    const second = await instance();
    const asked = Promise.all([second.ask('/api/things/1'), second.ask('/api/things/1'), second.ask('/api/pairs/2')]);
    await until('it waits', () => tier.asked.filter((command) => command === 'claim').length > 3);
    tier.texts.set(key, text);
    const [one, two, other] = await asked;
    expect([one.status, two.status, other.status]).toEqual([200, 200, 200]);
    expect(upstreams.count('/things')).toBe(1);
    expect(tierFigures().waits.came).toBe(1);
    await second.settled();
  });

  test('of another that does not come back: after a while it is fetched here', async () => {
    const shop = await instance({ deadlineScale: 1 });
    tier.claim = async () => false;
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect(upstreams.count()).toBe(1);
    expect(tierFigures().waits['in vain']).toBe(1);
    await shop.settled();
    expect(tier.texts.size).toBe(1);
  });
});

describe('a tier that is not well', () => {
  const rejects = (message: string) => () => Promise.reject(new Error(message));
  const askMany = async (shop: TestEngine, count: number, from = 0) => {
    const told = [];
    for (let at = 0; at < count; at++) told.push(await shop.ask(`/api/things/${from + at}`));
    await shop.settled();
    return told.map(({ status }) => status);
  };

  test('frozen: each of the first requests waits for its deadline and no longer, the others not at all', async () => {
    const shop = await instance({ deadlineScale: 1 });
    const waits: (() => void)[] = [];
    tier.instead = () => new Promise<never>((_, reject) => waits.push(() => reject(new Error('gone'))));
    const statuses = await askMany(shop, 20);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(upstreams.count()).toBe(20);
    expect(tier.asked.length).toBeLessThan(10);
    expect(tierFigures().reads.skipped).toBeGreaterThan(10);
    for (const wait of waits) wait();
    expect(TIER_TIMEOUT).toBeLessThanOrEqual(20);
  });

  test('not connected: nothing is asked of it, and once it is there it is used at once', async () => {
    const shop = await instance();
    tier.trouble = 'connect ECONNREFUSED';
    expect(new Set(await askMany(shop, 20))).toEqual(new Set([200]));
    expect(tier.asked).toEqual([]);
    tier.trouble = undefined;
    await askMany(shop, 1, 100);
    expect(tier.texts.size).toBe(1);
  });

  test('full, or a replica: it is read, and soon nothing is written any more', async () => {
    const first = await instance();
    await askMany(first, 1);
    tier.instead = (command) => (command === 'read' ? undefined : rejects('OOM command not allowed')());
    const second = await instance();
    expect(new Set(await askMany(second, 20))).toEqual(new Set([200]));
    expect(tierFigures().reads).toMatchObject({ hit: 1, miss: 19, error: 0, skipped: 0 });
    expect(tierFigures().writes.skipped).toBeGreaterThan(10);
    expect(tier.asked.filter((command) => command !== 'read').length).toBeLessThan(12);
  });

  test('with an upstream that hangs, a deadline still ends it', async () => {
    upstreams.otherwise = hang;
    const shop = await instance({ deadlineScale: 1 });
    tier.claim = async () => false;
    expect((await shop.ask('/api/things/1')).status).toBe(504);
    await shop.settled();
  });
});
