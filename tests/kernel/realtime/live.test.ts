import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { createTagTable } from '#kernel/cache/tags.ts';
import { done, events, found, publish, purge, purgePrivate } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { topic } from '#kernel/contract/topic.ts';
import { optional, subject } from '#kernel/flow/section.ts';
import { authenticated, guest, scopeOf } from '#kernel/identity/principal.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import { LiveRead, type Refresh } from '#kernel/realtime/live-read.ts';
import { Snapshot } from '#kernel/realtime/snapshot.ts';
import { stateError } from '#kernel/state/state.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { bearerIs, startEngine, type TestEngine, tokenOf } from '#tests/support/engine.ts';
import type { TestOutlet } from '#tests/support/stream.ts';
import { pause, until } from '#tests/support/until.ts';
import { after, gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { startVirtualTime, type VirtualTime } from '#tests/support/virtual-time.ts';

const Thing = z.object({ n: z.int() });
const Mine = z.object({ who: z.string(), n: z.int() });
const http = upstream('shop', { timeout: 2_000, attempts: 1, parallel: 64 });
const kept = cache.for('60s').staleOnError('1h');
const NEWS = topic('news', 'public');
const MAIL = topic('mail', 'personal');
const contract = { summary: '', input: z.object({ id: z.string() }), example: { id: '1' }, deadline: 2_000 } as const;

const OPERATIONS = [
  operation(
    { ...contract, id: 'getPlain', route: 'GET /api/plain/{id}', audience: 'public', output: Thing },
    ({ id }, { all }) =>
      all({ thing: subject(http.get(path`things/${id}`, Thing, kept.tagged(`thing:${id}`))) }, ({ thing }) => thing),
  ),
  operation(
    {
      ...contract,
      id: 'getThing',
      route: 'GET /api/things/{id}',
      audience: 'public',
      output: z.object({ n: z.int(), late: z.int().optional() }),
      parts: ['late'],
    },
    ({ id }, { all }) =>
      all(
        {
          thing: subject(http.get(path`things/${id}`, Thing, kept.tagged(`thing:${id}`))),
          late: optional(http.get(path`late/${id}`, Thing, kept.tagged(`late:${id}`))),
        },
        ({ thing, late }) => ({ n: thing.n, ...(late && { late: late.n }) }),
      ),
  ),
  operation(
    { ...contract, id: 'getMine', route: 'GET /api/mine/{id}', audience: 'personal', output: Mine },
    ({ id }, { all }) =>
      all({ mine: subject(http.asUser.get(path`mine/${id}`, Mine, cache.none.tagged('mine'))) }, ({ mine }) => mine),
  ),
  operation(
    { ...contract, id: 'postMine', route: 'POST /api/mine/{id}', audience: 'personal', answers: { 204: undefined } },
    async () => done().with(purgePrivate('mine'), publish(MAIL, 'written', { by: 'me' })),
  ),
  operation(
    { ...contract, id: 'getBasket', route: 'GET /api/basket/{id}', audience: 'either', guests: 'known', output: Mine },
    async (_, { principal }) => ({ who: principal.kind, n: 1 }),
  ),
  operation(
    { ...contract, id: 'getVersioned', route: 'GET /api/versioned/{id}', audience: 'personal', answers: { 200: Mine } },
    async ({ id }, { need }) => {
      const mine = await need(http.asUser.get(path`mine/${id}`, Mine, cache.none.tagged('mine')));
      return found(mine, { etag: `"${mine.n}.g"` });
    },
  ),
  operation(
    { ...contract, id: 'getBroken', route: 'GET /api/broken/{id}', audience: 'public', output: Thing },
    async () => {
      throw new Error('nobody foresaw this');
    },
  ),
  operation(
    { ...contract, id: 'postThing', route: 'POST /api/things/{id}', audience: 'public', answers: { 204: undefined } },
    async ({ id }) => done().with(purge(`thing:${id}`), publish(NEWS, 'changed', { id })),
  ),
  operation(
    {
      id: 'getEvents',
      route: 'GET /api/events',
      summary: '',
      audience: 'either',
      input: z.object({ watch: z.string().default(''), mail: z.string().optional() }),
      example: {},
      live: true,
      deadline: 1_000,
    },
    async ({ watch, mail }) =>
      events({ topics: mail ? [NEWS, MAIL] : [NEWS], watch: watch.split(',').filter(Boolean) }),
  ),
];

const ana = { authorization: 'Bearer ana' };
const bo = { authorization: 'Bearer bo' };
const snapshots = (outlet: TestOutlet) => outlet.named('snapshot').map(({ data }) => JSON.parse(data));

let time: VirtualTime;
let upstreams: TestUpstream;
let shop: TestEngine;
let version: number;
let open: TestOutlet[];

beforeEach(async () => {
  version = 1;
  open = [];
  time = await startVirtualTime();
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: version });
  upstreams.on('/mine/', (response, { headers }) => json(response, { who: headers.authorization, n: version }));
  shop = startEngine({ shop: upstreams.url }, OPERATIONS);
});
afterEach(async () => {
  for (const outlet of open) outlet.leave();
  await upstreams.close();
  time.end();
});

async function listen(target: string, headers: Record<string, string> = {}): Promise<TestOutlet> {
  const outlet = await shop.listen(target, headers);
  open.push(outlet);
  return outlet;
}

describe('a read asked for as a stream', () => {
  test('is the answer of a GET as an event, whose id is its ETag', async () => {
    const asked = await shop.ask('/api/plain/1');
    const [event] = await (await listen('/api/plain/1')).has('snapshot', 1);
    expect(event).toEqual({ event: 'snapshot', id: asked.headers.etag, data: asked.text });
  });

  test('with an ETag of its operation’s own has that one', async () => {
    const [event] = await (await listen('/api/versioned/1', ana)).has('snapshot', 1);
    expect(event?.id).toBe('"1.g"');
    expect(JSON.parse(event?.data ?? '')).toMatchObject({ n: 1 });
  });

  test('shows what is in as soon as the subject is, the late part pending, and then all of it', async () => {
    const gate = gated((response) => json(response, { n: 7 }));
    upstreams.on('/late/', gate.handler);
    const outlet = await listen('/api/things/1');
    await outlet.has('snapshot', 1);
    expect(snapshots(outlet)).toEqual([{ n: 1, meta: { complete: false, sections: { late: { state: 'pending' } } } }]);
    const joined = await listen('/api/things/1');
    expect(snapshots(joined), 'who comes meanwhile sees as much').toEqual(snapshots(outlet));
    await until('the late part is asked for', () => gate.waiting() === 1);
    gate.open();
    await outlet.has('snapshot', 2);
    await joined.has('snapshot', 2);
    expect(snapshots(outlet)[1]).toEqual({ n: 1, late: 7, meta: { complete: true, sections: {} } });
    expect(upstreams.count('/things/')).toBe(1);
  });

  test('shows as much to who comes later, while the late part is asked for once more', async () => {
    upstreams.on('/late/', (response) => json(response, {}, 400));
    const first = await listen('/api/things/1');
    await until('the part has failed', () => snapshots(first).at(-1)?.meta.sections.late?.state === 'missing');
    await pause(1_050);
    const gate = gated((response) => json(response, { n: 7 }));
    upstreams.on('/late/', gate.handler);
    const later = await listen('/api/things/1');
    await until('the late part is asked for', () => gate.waiting() === 1);
    await later.has('snapshot', 1);
    gate.open();
    await until('it is whole', () => snapshots(later).at(-1)?.meta.complete === true);
  });

  test('comes back with its ETag and gets nothing until something has changed', async () => {
    const { headers } = await shop.ask('/api/plain/1');
    const outlet = await listen('/api/plain/1', { 'last-event-id': headers.etag ?? '' });
    const other = await listen('/api/plain/1', { 'last-event-id': '"foreign"' });
    await other.has('snapshot', 1);
    expect(outlet.events).toEqual([]);
    version = 2;
    shop.purge('thing:1');
    await outlet.has('snapshot', 1);
    expect(snapshots(outlet)).toMatchObject([{ n: 2 }]);
  });

  test('is refused as any GET is, before it is a stream', async () => {
    const accept = { accept: 'text/event-stream' };
    expect((await shop.ask('/api/things/1?parts=nope', accept)).status).toBe(400);
    expect((await shop.ask('/api/mine/1', accept)).status).toBe(401);
    expect((await shop.ask('/api/nothing', accept)).status).toBe(404);
    expect((await shop.ask('/api/things/1', accept, { method: 'POST' })).status).toBe(406);
    expect((await shop.ask('/api/events', { accept: 'application/json' })).status).toBe(406);
  });

  test('has a HEAD, which opens nothing', async () => {
    const head = await shop.ask('/api/things/1', { accept: 'text/event-stream' }, { method: 'HEAD' });
    expect([head.status, head.headers['content-type'], head.headers['cache-control']]).toEqual([
      200,
      'text/event-stream',
      'no-store, no-transform',
    ]);
    expect(hubOf(shop.engine.runtime.sessions.state).streams.size).toBe(0);
    expect(upstreams.seen).toEqual([]);
  });
});

describe('a purge', () => {
  test('composes once for all who watch, and sends all the very same bytes', async () => {
    const outlets = await Promise.all(Array.from({ length: 50 }, () => listen('/api/plain/1')));
    for (const outlet of outlets) await outlet.has('snapshot', 1);
    expect(upstreams.count('/things/')).toBe(1);
    version = 2;
    await shop.ask('/api/things/1', {}, { method: 'POST' });
    for (const outlet of outlets) await outlet.has('snapshot', 2);
    expect(upstreams.count('/things/')).toBe(2);
    const [first] = outlets;
    for (const outlet of outlets) {
      expect(snapshots(outlet).map(({ n }) => n)).toEqual([1, 2]);
      expect(outlet.writes.at(-1)).toBe(first?.writes.at(-1));
    }
  });

  test('of something else, or without a change, says nothing', async () => {
    const outlet = await listen('/api/plain/1');
    await outlet.has('snapshot', 1);
    shop.purge('thing:2');
    await pause(50);
    expect(upstreams.count('/things/')).toBe(1);
    shop.purge('thing:1');
    await until('it was looked at', () => upstreams.count('/things/') === 2);
    await pause(50);
    expect(snapshots(outlet)).toHaveLength(1);
  });

  test('after purge looks once a second at most, and the last one counts', async () => {
    const outlet = await listen('/api/plain/1');
    await outlet.has('snapshot', 1);
    const began = performance.now();
    while (snapshots(outlet).length < 3) {
      version++;
      shop.purge('thing:1');
      await pause(20);
    }
    const last = version;
    await until('the last is seen', () => snapshots(outlet).at(-1)?.n === last);
    const seconds = (performance.now() - began) / 1_000;
    expect(snapshots(outlet).length).toBeLessThanOrEqual(2 + Math.floor(seconds));
  });

  test('is looked after until no replica can lag any more, and no longer', async () => {
    const outlet = await listen('/api/plain/1');
    await outlet.has('snapshot', 1);
    const purged = performance.now();
    // The replica lags for four and a half seconds.
    upstreams.on('/things/', (response) => json(response, { n: performance.now() - purged < 4_500 ? 1 : 2 }));
    shop.purge('thing:1');
    await until('the new one is seen', () => snapshots(outlet).at(-1)?.n === 2);
    await pause(2_000);
    const looks = upstreams.count('/things/') - 1;
    expect(looks).toBeGreaterThanOrEqual(3);
    expect(looks).toBeLessThanOrEqual(5);
    expect(snapshots(outlet)).toHaveLength(2);
  });

  test('of what was read already, while the rest is on its way, is not overlooked', async () => {
    // The one part is cached, the other never was purged: nothing here may be of a lagging replica.
    await shop.ask('/api/plain/1');
    const gate = gated((response) => json(response, { n: 7 }));
    upstreams.on('/late/', gate.handler);
    const outlet = await listen('/api/things/1');
    await outlet.has('snapshot', 1);
    await until('the late part is asked for', () => gate.waiting() === 1);
    version = 2;
    shop.purge('thing:1');
    gate.open();
    await until('the new one is seen', () => snapshots(outlet).at(-1)?.n === 2);
  });

  test('brings what was not there, and takes away what is no more', async () => {
    upstreams.on('/things/', (response) => (version === 2 ? json(response, { n: 2 }) : json(response, {}, 404)));
    const outlet = await listen('/api/plain/1');
    const [problem] = await outlet.has('problem', 1);
    expect(JSON.parse(problem?.data ?? '')).toMatchObject({ status: 404, code: 'not-found' });
    expect(outlet.over).toBe('open');
    version = 2;
    shop.purge('thing:1');
    await outlet.has('snapshot', 1);
    version = 3;
    shop.purge('thing:1');
    await outlet.has('problem', 2);
    expect(outlet.events.map(({ event }) => event)).toEqual(['problem', 'snapshot', 'problem']);
  });

  test('racing any fetch leaves no old value behind, and shows no client what was old when it came', async () => {
    const KEYS = 30;
    const versions = Array.from({ length: KEYS }, () => 1);
    upstreams.on('/things/', (response, { path: asked }, request) => {
      // What it says is what it knew when it was asked.
      const n = versions[Number(asked.slice('/things/'.length))] ?? 0;
      return after(Math.random() * 250, () => json(response, { n }))(response, { path: asked } as never, request);
    });
    const viewers: { key: number; least: number; outlet: TestOutlet }[] = [];
    const join = async (key: number) => {
      const least = versions[key] ?? 0;
      viewers.push({ key, least, outlet: await listen(`/api/plain/${key}`) });
    };
    await Promise.all(versions.map((_, key) => join(key)));
    for (let step = 0; step < 150; step++) {
      const key = Math.floor(Math.random() * KEYS);
      versions[key] = (versions[key] ?? 0) + 1;
      shop.purge(`thing:${key}`);
      if (step % 3 === 0) await join(Math.floor(Math.random() * KEYS));
      await pause(Math.random() * 20);
    }
    const settled = () => viewers.every(({ key, outlet }) => snapshots(outlet).at(-1)?.n === versions[key]);
    await until('everybody sees the last version', settled);
    for (const { outlet, least } of viewers) {
      for (const { n } of snapshots(outlet)) expect(n).toBeGreaterThanOrEqual(least);
    }
    expect(viewers.length).toBeGreaterThan(KEYS);
  });

  test('that comes with an event is one entry with it, however busy the store is', async () => {
    const { state } = shop.engine.runtime.sessions;
    let busy = true;
    const commit = state.commit.bind(state);
    state.commit = async (...given) => {
      await until('the store has time', () => !busy);
      return commit(...given);
    };
    const written = shop.ask('/api/things/1', {}, { method: 'POST' });
    await pause(20);
    expect([await state.bounds('purges'), await state.bounds('events')]).toEqual([undefined, undefined]);
    busy = false;
    // Whoever has written something hears of it once others can know.
    await written;
    expect([await state.bounds('purges'), await state.bounds('events')]).toEqual([
      { first: 1, last: 1 },
      { first: 1, last: 1 },
    ]);
  });

  test('and an event that can’t be written down are reported', async () => {
    const { state } = shop.engine.runtime.sessions;
    state.commit = () => Promise.reject(stateError('away'));
    expect((await shop.ask('/api/things/1', {}, { method: 'POST' })).status).toBe(204);
    await shop.settled();
    expect(shop.reported).toHaveLength(1);
  });

  test('of one’s own is private: only the writer’s answer is composed anew', async () => {
    const [anas, bos] = [await listen('/api/mine/1', ana), await listen('/api/mine/1', bo)];
    await Promise.all([anas.has('snapshot', 1), bos.has('snapshot', 1)]);
    expect(snapshots(anas)).toMatchObject([{ who: `Bearer ${tokenOf('ana')}` }]);
    expect(anas.text).not.toContain(tokenOf('bo'));
    expect(bos.text).not.toContain(tokenOf('ana'));
    version = 2;
    await shop.ask('/api/mine/1', ana, { method: 'POST' });
    await anas.has('snapshot', 2);
    await pause(50);
    expect(snapshots(bos)).toHaveLength(1);
    expect(upstreams.seen.filter(({ headers }) => headers.authorization?.endsWith(tokenOf('bo')))).toHaveLength(1);
    shop.purge('mine');
    await bos.has('snapshot', 2);
  });

  test('composes what is personal for each credential: one may see what another may not', async () => {
    const identify: typeof bearerIs = async ({ authorization, cookie }) => {
      const [, user = '', scope = ''] = /^Bearer (\w+)-(\w+)$/.exec(authorization ?? '') ?? [];
      if (user === '') return bearerIs({ authorization, cookie });
      return authenticated('bearer', 'https://issuer.test', user, {
        credential: async () => `${user}-${scope}`,
        credentialId: scope,
      });
    };
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { identify });
    const [wide, narrow] = [
      await listen('/api/mine/1', { authorization: 'Bearer ana-wide' }),
      await listen('/api/mine/1', { authorization: 'Bearer ana-narrow' }),
    ];
    await Promise.all([wide.has('snapshot', 1), narrow.has('snapshot', 1)]);
    expect([snapshots(wide)[0].who, snapshots(narrow)[0].who]).toEqual(['Bearer ana-wide', 'Bearer ana-narrow']);
  });

  test('of what is not watched any more composes nothing', async () => {
    const outlet = await listen('/api/plain/1');
    await outlet.has('snapshot', 1);
    outlet.leave();
    shop.purge('thing:1');
    await pause(50);
    expect(upstreams.count('/things/')).toBe(1);
    expect(shop.engine.deps.tags.watchers.size).toBe(1);
  });
});

test('a live read that is not watched wants to hear of no tag', async () => {
  const wanted: string[][] = [];
  const read = new LiveRead(createTagTable(), { reindex: (tags) => void wanted.push([...tags]) });
  const refresh: Refresh = async () => {
    const snapshot = new Snapshot('snapshot', '"1"', Buffer.from('{}'));
    return { snapshot, tags: ['a', 'b'], provisionalUntil: undefined, complete: true };
  };
  const viewer = { refresh, lastEtag: undefined, since: 0, show: () => {} };
  read.add(viewer);
  await until('it was looked at', () => viewer.lastEtag !== undefined);
  read.remove(viewer);
  expect(wanted).toEqual([['a', 'b'], []]);
});

describe('what is not complete', () => {
  test('is tried again by itself, and shown once it is complete', async () => {
    let works = false;
    upstreams.on('/late/', (response) => (works ? json(response, { n: 9 }) : json(response, {}, 400)));
    const outlet = await listen('/api/things/1');
    await until('the part has failed', () => snapshots(outlet).at(-1)?.meta.sections.late?.state === 'missing');
    works = true;
    await until('it is whole', () => snapshots(outlet).at(-1)?.meta.complete === true);
    expect(snapshots(outlet).at(-1)).toMatchObject({ n: 1, late: 9 });
  });

  test('because its subject can’t be had is a problem that ends no stream', async () => {
    let works = false;
    upstreams.on('/things/', (response) => (works ? json(response, { n: 1 }) : json(response, {}, 400)));
    const outlet = await listen('/api/plain/1');
    const [problem] = await outlet.has('problem', 1);
    expect(JSON.parse(problem?.data ?? '')).toMatchObject({ status: 502, code: 'upstream-failed' });
    works = true;
    await outlet.has('snapshot', 1);
    expect(outlet.named('problem')).toHaveLength(1);
  });
});

describe('the one stream of a tab', () => {
  test('carries events with ids, and snapshots that say what they are of and leave the id alone', async () => {
    const outlet = await listen('/api/events?watch=/api/plain/1,/api/plain/2');
    await outlet.has('snapshot', 2);
    const [ready] = outlet.named('ready');
    expect(JSON.parse(ready?.data ?? '')).toEqual({ topics: ['news'], watch: ['/api/plain/1', '/api/plain/2'] });
    expect(snapshots(outlet).map(({ of }) => of)).toEqual(['/api/plain/1', '/api/plain/2']);
    expect(snapshots(outlet)[0].view).toEqual((await shop.ask('/api/plain/1')).json);
    expect(outlet.named('snapshot').map(({ id }) => id)).toEqual([undefined, undefined]);
    version = 2;
    await shop.ask('/api/things/2', {}, { method: 'POST' });
    const [changed] = await outlet.has('changed', 1);
    await outlet.has('snapshot', 3);
    expect([changed?.data, typeof changed?.id]).toEqual(['{"id":"2"}', 'string']);
    expect(snapshots(outlet)[2]).toMatchObject({ of: '/api/plain/2', view: { n: 2 } });

    outlet.leave();
    await shop.ask('/api/things/2', {}, { method: 'POST' });
    const back = await listen('/api/events', { 'last-event-id': changed?.id ?? '' });
    await back.has('changed', 1);
    expect(back.events.map(({ event }) => event)).toEqual(['ready', 'changed']);
  });

  test('says reset where what was missed can’t be had', async () => {
    const outlet = await listen('/api/events?watch=/api/plain/1', { 'last-event-id': 'AAAAAAAAAAAAAAAAAAAAAA' });
    await outlet.has('snapshot', 1);
    expect(outlet.events.map(({ event }) => event)).toEqual(['ready', 'reset', 'snapshot']);
    expect(outlet.named('reset')[0]?.id).toBe(outlet.named('ready')[0]?.id);
  });

  test('names the address that can’t be watched', async () => {
    const refused = async (watch: string, headers = {}) => {
      const { status, json: problem } = await shop.ask(`/api/events?watch=${watch}`, headers);
      return [status, problem.detail];
    };
    expect(await refused('/api/plain/1,/api/nothing')).toEqual([400, "/api/nothing can't be watched."]);
    expect(await refused('/api/events')).toEqual([400, "/api/events can't be watched."]);
    expect(await refused('/api/plain/1?parts=x')).toEqual([400, "/api/plain/1?parts=x can't be watched."]);
    expect(await refused('/api/mine/1')).toEqual([401, '/api/mine/1 is personal.']);
    expect(await refused('', { authorization: 'Bearer bad' })).toEqual([401, 'The credential was refused.']);
    expect(await shop.ask('/api/events?mail=1')).toMatchObject({ status: 401 });
  });

  test('brings a personal topic to its principal alone, and to no other who asks for it', async () => {
    const [anas, bos] = [await listen('/api/events?mail=1', ana), await listen('/api/events?mail=1', bo)];
    await shop.ask('/api/mine/1', ana, { method: 'POST' });
    await anas.has('written', 1);
    const stolen = await listen('/api/events?mail=1', { ...bo, 'last-event-id': anas.named('ready')[0]?.id ?? '' });
    await hubOf(shop.engine.runtime.sessions.state).publish(
      MAIL,
      'written',
      'for bo',
      scopeOf((await bearerIs({ authorization: 'Bearer bo', cookie: undefined })) as never),
    );
    await stolen.has('written', 1);
    for (const outlet of [bos, stolen]) expect(outlet.named('written').map(({ data }) => data)).toEqual(['"for bo"']);
    expect(anas.named('written')).toHaveLength(1);
  });

  test('ends with the guest whose answers it watches', async () => {
    let lives = true;
    const identify: typeof bearerIs = () => (lives ? guest('hash') : 'ended');
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { identify });
    const outlet = await listen('/api/events?watch=/api/plain/1,/api/basket/1');
    await outlet.has('snapshot', 2);
    const { streams } = hubOf(shop.engine.runtime.sessions.state);
    streams.pulse(performance.now() + 26_000, () => Buffer.from(':\n\n'));
    await pause(10);
    expect(outlet.over).toBe('open');
    lives = false;
    streams.pulse(performance.now() + 60_000, () => Buffer.from(':\n\n'));
    await until('it ends', () => outlet.over === 'ended');
  });

  test('is opened and looked after at a glance: it is no sign that a user is there', async () => {
    const how: unknown[] = [];
    const identify: typeof bearerIs = (headers, manner) => {
      how.push(manner);
      return bearerIs(headers);
    };
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { identify });
    await (await listen('/api/events?watch=/api/mine/1', ana)).has('snapshot', 1);
    await listen('/api/mine/1', ana);
    expect(new Set(how)).toEqual(new Set(['peek']));
    await shop.ask('/api/mine/1', ana);
    expect(how.at(-1)).toBeUndefined();
  });

  test('an operation that breaks reports once, reveals nothing, and leaves the rest of the stream alone', async () => {
    const outlet = await listen('/api/events?watch=/api/broken/1,/api/plain/1');
    await outlet.has('snapshot', 1);
    const [problem] = await outlet.has('problem', 1);
    expect(JSON.parse(problem?.data ?? '')).toMatchObject({ of: '/api/broken/1', problem: { code: 'internal' } });
    expect(outlet.text).not.toContain('nobody foresaw');
    expect([outlet.over, shop.reported.length]).toEqual(['open', 1]);
  });
});

describe('what time cures', () => {
  /** An EventSource takes any status but 200 for final. */
  const told = (outlet: TestOutlet) => {
    // It ends later, so that who takes 200 for success does not come back at once.
    expect(outlet.over).toBe('open');
    expect(Number(/^retry: (\d+)$/m.exec(outlet.text)?.[1])).toBeGreaterThanOrEqual(2_000);
    return JSON.parse(outlet.named('problem')[0]?.data ?? '{}').code;
  };

  test('too many streams of one principal, or of one unknown address', async () => {
    await Promise.all(Array.from({ length: 20 }, () => listen('/api/events', ana)));
    expect(told(await listen('/api/events', ana))).toBe('too-many-requests');
    expect((await listen('/api/events', bo)).over).toBe('open');
    await Promise.all(Array.from({ length: 200 }, () => listen('/api/events')));
    expect(told(await listen('/api/plain/1'))).toBe('too-many-requests');
    open[0]?.leave();
    expect((await listen('/api/events', ana)).over).toBe('open');
  });

  test('hears of it at once, and ends in a second or two, unless its client has left', async () => {
    time.stop();
    hubOf(shop.engine.runtime.sessions.state).streams.drain();
    const held = await Promise.all(Array.from({ length: 30 }, () => listen('/api/plain/1')));
    held[0]?.leave();
    vi.advanceTimersByTime(999);
    expect(new Set(held.slice(1).map(({ over }) => over))).toEqual(new Set(['open']));
    vi.advanceTimersByTime(1_001);
    expect(held.map(({ over }) => over)).toEqual(['left', ...new Array(29).fill('ended')]);
    expect(held.every(({ events }) => events.length === 1)).toBe(true);
  });

  test('costs nothing of what its owner may read, however often they come back', async () => {
    const quota = 30;
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { rateLimits: { reads: { quota, seconds: 60 } } });
    const left = async (headers: Record<string, string>) =>
      Number(/r=(\d+)/.exec((await shop.ask('/api/mine/1', headers)).headers.ratelimit ?? '')?.[1]);
    for (let n = 0; n < 20; n++) open.push(await shop.listen('/api/events', ana));
    expect(await left(ana)).toBe(quota - 20 - 1);
    for (let n = 0; n < 100; n++) {
      const target = ['/api/events', '/api/mine/1', '/api/events?watch=/api/mine/1,/api/mine/2'][n % 3] as string;
      expect(told(await shop.listen(target, ana))).toBe('too-many-requests');
    }
    expect(await left(ana)).toBe(quota - 20 - 2);
    // What is not refused counts as ever.
    for (let n = 0; n < 5; n++) open.push(await shop.listen('/api/events', bo));
    expect(await left(bo)).toBe(quota - 5 - 1);
  });

  test('a store that is away costs nothing either', async () => {
    let away = true;
    const identify: typeof bearerIs = (headers) => (away ? Promise.reject(stateError('away')) : bearerIs(headers));
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, {
      identify,
      rateLimits: { reads: { quota: 3, seconds: 60 } },
    });
    for (let n = 0; n < 10; n++) expect(told(await shop.listen('/api/mine/1', ana))).toBe('state-unavailable');
    away = false;
    open.push(await shop.listen('/api/mine/1', ana));
    expect(open.at(-1)?.over).toBe('open');
  });

  test('too many streams of one network, whatever addresses it has and however many guests it says it is', async () => {
    const identify: typeof bearerIs = ({ cookie }) => guest(cookie ?? '');
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { identify });
    const from = (n: number) => `2001:db8::${n.toString(16)}`;
    for (let n = 0; n < 200; n++) {
      const target = n % 2 ? '/api/basket/1' : '/api/plain/1';
      open.push(await shop.listen(target, { cookie: `g${n}` }, from(n)));
    }
    expect(told(await shop.listen('/api/plain/1', {}, from(999)))).toBe('too-many-requests');
    expect(told(await shop.listen('/api/basket/1', { cookie: 'another' }, from(999)))).toBe('too-many-requests');
    open.push(await shop.listen('/api/plain/1', {}, '2001:db8:1::1'));
    expect(open.at(-1)?.over).toBe('open');
  });

  test('a store that is away', async () => {
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { identify: () => Promise.reject(stateError('away')) });
    expect(told(await listen('/api/mine/1', ana))).toBe('state-unavailable');
    expect(told(await listen('/api/events', ana))).toBe('state-unavailable');
    expect((await shop.ask('/api/mine/1', ana)).status, 'who wants JSON gets the status').toBe(503);
  });

  test('a process that drains', async () => {
    const outlet = await listen('/api/events');
    hubOf(shop.engine.runtime.sessions.state).streams.drain();
    expect(outlet.over).toBe('ended');
    expect(told(await listen('/api/events'))).toBe('draining');
    expect(told(await listen('/api/plain/1'))).toBe('draining');
  });
});
