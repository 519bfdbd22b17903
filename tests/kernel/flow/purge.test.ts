import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { client, startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { pause, turn, until } from '#tests/support/until.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

let upstreams: TestUpstream;
let shop: TestEngine;
let version: number;

beforeEach(async () => {
  version = 1;
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: version });
  shop = startEngine({ shop: upstreams.url }, OPERATIONS);
});
afterEach(() => upstreams.close());

/** Holds the next answer under the version that it was asked for. */
function held(): ReturnType<typeof gated> {
  const asked: number[] = [];
  const gate = gated((response) => json(response, { n: asked.shift() ?? -1 }));
  upstreams.otherwise = (response, seen, request) => {
    asked.push(version);
    return gate.handler(response, seen, request);
  };
  return gate;
}

describe('a purge', () => {
  test.each([
    ['things', 'thing:1'],
    ['tagged', 'n:1'],
    ['brief', 'brief'],
  ])('makes the kept value of %s old at once', async (what, tag) => {
    await shop.ask(`/api/${what}/1`);
    version = 2;
    shop.purge('unrelated');
    expect((await shop.ask(`/api/${what}/1`)).json.thing).toEqual({ n: 1 });
    shop.purge(tag);
    expect((await shop.ask(`/api/${what}/1`)).json.thing).toEqual({ n: 2 });
  });

  test('outranks staleFor: no request gets the old value while a new one is fetched', async () => {
    await shop.ask('/api/brief/1');
    await pause(40);
    version = 2;
    shop.purge('brief');
    expect((await shop.ask('/api/brief/1')).json.thing).toEqual({ n: 2 });
  });

  test.each([
    ['things', 'thing:1'],
    ['tagged', 'n:1'],
  ])(
    'during a fetch of %s lets it answer those already waiting, and no others: it is not joined and not stored',
    async (what, tag) => {
      const gate = held();
      const waiting = shop.ask(`/api/${what}/1`);
      await until('the first call is out', () => gate.waiting() === 1);
      version = 2;
      shop.purge(tag);
      const later = shop.ask(`/api/${what}/1`);
      await until('the second call is out', () => gate.waiting() === 2);
      gate.open();
      expect((await waiting).json.thing).toEqual({ n: 1 });
      expect((await later).json.thing).toEqual({ n: 2 });
      expect((await shop.ask(`/api/${what}/1`)).json.thing).toEqual({ n: 2 });
      expect(upstreams.count()).toBe(2);
    },
  );

  test('during a fetch does not let the old value in, though no request comes meanwhile', async () => {
    const gate = held();
    const waiting = shop.ask('/api/things/1');
    await until('the call is out', () => gate.waiting() === 1);
    version = 2;
    shop.purge('things');
    gate.open();
    expect((await waiting).headers['cache-status']).not.toContain('stored');
    expect(shop.lane().calls.size).toBe(0);
    expect(shop.engine.responses.size).toBe(0);
  });

  test('during a refresh of a stale value does not let the old one in', async () => {
    await shop.ask('/api/brief/1');
    await pause(40);
    const gate = held();
    await shop.ask('/api/brief/1');
    await until('the refresh is out', () => gate.waiting() === 1);
    version = 2;
    shop.purge('brief');
    const later = shop.ask('/api/brief/1');
    await until('another call is out', () => gate.waiting() === 2);
    gate.open();
    expect((await later).json.thing).toEqual({ n: 2 });
    await shop.settled();
    // What was fetched so soon after a purge is fresh for a moment only.
    upstreams.otherwise = (response) => json(response, { n: version });
    expect((await shop.ask('/api/brief/1')).json.thing).toEqual({ n: 2 });
  });

  test('of something else does not stop requests from sharing a flight', async () => {
    const gate = held();
    const asked = [shop.ask('/api/things/1')];
    await until('the call is out', () => gate.waiting() === 1);
    shop.purge('unrelated');
    asked.push(shop.ask('/api/things/1'));
    await turn();
    gate.open();
    await Promise.all(asked);
    expect(upstreams.count()).toBe(1);
  });

  test('of a remembered absence makes us ask again', async () => {
    upstreams.otherwise = (response) => json(response, {}, 404);
    await shop.ask('/api/things/1');
    await shop.ask('/api/things/1');
    expect(upstreams.count()).toBe(1);
    shop.purge('thing:1');
    upstreams.otherwise = (response) => json(response, { n: 5 });
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 5 });
  });

  test('reaches every lane', async () => {
    const scenario = { 'x-scenario': 'shop=slow' };
    await shop.ask('/api/things/1', scenario);
    version = 2;
    expect((await shop.ask('/api/things/1', scenario)).json.thing).toEqual({ n: 1 });
    shop.purge('thing:1');
    expect((await shop.ask('/api/things/1', scenario)).json.thing).toEqual({ n: 2 });
  });

  test('is the effect of a write whose client left before it was done', async () => {
    await shop.ask('/api/things/1');
    const { gone, leave } = client();
    const gate = gated((response) => {
      version = 2;
      json(response, { n: 2 });
    });
    upstreams.on('/write/', gate.handler);
    const writing = shop.ask('/api/things/1', {}, { method: 'POST', body: {}, gone });
    await until('the write is out', () => upstreams.count('/write/') === 1);
    leave();
    gate.open();
    await writing;
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 2 });
  });

  test('is the effect of a write that was done after its client got a timeout', async () => {
    await stopTime();
    onTestFinished(() => void vi.useRealTimers());
    shop = startEngine({ shop: upstreams.url }, OPERATIONS);
    await shop.ask('/api/things/1');
    const gate = gated((response) => {
      version = 2;
      json(response, { n: 2 });
    });
    upstreams.on('/write/', gate.handler);
    const writing = shop.ask('/api/hasty/1', {}, { method: 'POST', body: {} });
    await until('the write is out', () => gate.waiting() === 1);
    expect((await passTime(writing)).status).toBe(504);
    gate.open();
    await shop.settled();
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 2 });
  });

  test('by a write of mine is never undone for me by an old value, but may be for others', async () => {
    const [ana, bob] = [{ authorization: 'Bearer ana' }, { authorization: 'Bearer bob' }];
    await shop.ask('/api/seen/1', ana);
    upstreams.on('/write/', (response) => json(response, { n: 2 }));
    expect((await shop.ask('/api/seen/1', ana, { method: 'POST', body: {} })).status).toBe(204);
    upstreams.otherwise = (response) => json(response, {}, 503);
    expect((await shop.ask('/api/seen/1', ana)).status).toBe(502);
    const { status, sections } = await shop.ask('/api/seen/1', bob);
    expect([status, sections.thing?.state]).toEqual([200, 'stale']);
  });

  test('follows a write that may have happened, and no other', async () => {
    await shop.ask('/api/things/1');
    version = 2;
    upstreams.on('/write/', (response) => json(response, {}, 409));
    expect((await shop.ask('/api/things/1', {}, { method: 'POST', body: {} })).status).toBe(502);
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 1 });
    upstreams.on('/write/', (response) => json(response, { n: 2 }));
    expect((await shop.ask('/api/things/1', {}, { method: 'POST', body: {} })).status).toBe(204);
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 2 });
  });
});
