import { describe, expect, test } from 'vitest';
import { hubOf } from '#kernel/realtime/hub.ts';
import { ana, listen, served, shop, snapshots, upstreams, withLiveShop } from '#tests/support/live-shop.ts';
import { pause, until } from '#tests/support/until.ts';
import { gated, json } from '#tests/support/upstream.ts';

withLiveShop();

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
    served.version = 2;
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
