import { describe, expect, test } from 'vitest';
import { createTagTable } from '#kernel/cache/tags.ts';
import { authenticated } from '#kernel/identity/principal.ts';
import { LiveRead, type Refresh } from '#kernel/realtime/live-read.ts';
import { Snapshot } from '#kernel/realtime/snapshot.ts';
import { stateError } from '#kernel/state/state.ts';
import { bearerIs, tokenOf } from '#tests/support/engine.ts';
import {
  ana,
  bo,
  listen,
  restart,
  served,
  shop,
  snapshots,
  upstreams,
  withLiveShop,
} from '#tests/support/live-shop.ts';
import type { TestOutlet } from '#tests/support/stream.ts';
import { pause, until } from '#tests/support/until.ts';
import { after, gated, json } from '#tests/support/upstream.ts';

withLiveShop();

describe('a purge', () => {
  test('composes once for all who watch, and sends all the very same bytes', async () => {
    const outlets = await Promise.all(Array.from({ length: 50 }, () => listen('/api/plain/1')));
    for (const outlet of outlets) await outlet.has('snapshot', 1);
    expect(upstreams.count('/things/')).toBe(1);
    served.version = 2;
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
      served.version++;
      shop.purge('thing:1');
      await pause(20);
    }
    const last = served.version;
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
    served.version = 2;
    shop.purge('thing:1');
    gate.open();
    await until('the new one is seen', () => snapshots(outlet).at(-1)?.n === 2);
  });

  test('brings what was not there, and takes away what is no more', async () => {
    upstreams.on('/things/', (response) => (served.version === 2 ? json(response, { n: 2 }) : json(response, {}, 404)));
    const outlet = await listen('/api/plain/1');
    const [problem] = await outlet.has('problem', 1);
    expect(JSON.parse(problem?.data ?? '')).toMatchObject({ status: 404, code: 'not-found' });
    expect(outlet.over).toBe('open');
    served.version = 2;
    shop.purge('thing:1');
    await outlet.has('snapshot', 1);
    served.version = 3;
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
    const { commit } = state;
    state.commit = () => Promise.reject(stateError('away'));
    expect((await shop.ask('/api/things/1', {}, { method: 'POST' })).status).toBe(204);
    expect(shop.reported).toHaveLength(1);
    state.commit = commit;
    await shop.settled();
  });

  test('of one’s own is private: only the writer’s answer is composed anew', async () => {
    const [anas, bos] = [await listen('/api/mine/1', ana), await listen('/api/mine/1', bo)];
    await Promise.all([anas.has('snapshot', 1), bos.has('snapshot', 1)]);
    expect(snapshots(anas)).toMatchObject([{ who: `Bearer ${tokenOf('ana')}` }]);
    expect(anas.text).not.toContain(tokenOf('bo'));
    expect(bos.text).not.toContain(tokenOf('ana'));
    served.version = 2;
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
    restart({ identify });
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
