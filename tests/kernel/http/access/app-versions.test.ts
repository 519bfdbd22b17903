import fc from 'fast-check';
import { parseItem } from 'structured-headers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseVersion } from '#kernel/base/version.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 4 });
const Thing = z.object({ n: z.int() });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({}),
  example: {},
  output: z.object({ thing: Thing }),
  deadline: 500,
} as const;
const thing = () => ({ thing: required(http.get(path`thing`, Thing, cache.for('60s'))) });

/** Public, and kept as bytes like any: what a 426 must come before. */
const forApps = operation({ ...contract, id: 'forApps', route: 'GET /api/screen', apps: true }, (_, { all }) =>
  all(thing(), (view) => view),
);
const forAll = operation({ ...contract, id: 'forAll', route: 'GET /api/page' }, (_, { all }) =>
  all(thing(), (view) => view),
);
const write = operation(
  {
    ...contract,
    id: 'write',
    route: 'POST /api/screen',
    audience: 'personal',
    output: undefined as never,
    answers: { 204: undefined },
    apps: true,
  },
  async () => {
    throw new Error('it was done');
  },
);

const at = (text: string) => parseVersion(text);
const APPS = {
  ios: { minimum: at('2.0.0'), recommended: at('3.1.0'), store: 'https://apps.apple.com/app/id1' },
  android: { minimum: at('2.9'), recommended: undefined, store: 'https://play.google.com/x' },
};

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ shop: upstreams.url }, [forApps, forAll, write], { apps: APPS });
});
afterEach(() => upstreams.close());

const as = (version: string) => ({ 'x-app-version': version });

describe('a build that is too old', () => {
  test('hears so, where to get a new one, and which is new enough', async () => {
    const { status, headers, json: problem } = await shop.ask('/api/screen', as('ios/1.9.3'));
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      426,
      'application/problem+json',
      'no-store',
    ]);
    expect(problem).toMatchObject({
      type: 'http://shop.test/problems/upgrade-required',
      code: 'upgrade-required',
      platform: 'ios',
      version: '1.9.3',
      minimum: '2.0.0',
      store: APPS.ios.store,
    });
    expect(headers).not.toHaveProperty('app-update');
    expect(upstreams.count()).toBe(0);
  });

  test.each([
    ['ios/1', 426],
    ['ios/1.99.99', 426],
    ['ios/2.0.0-beta.1', 426],
    ['iOS/1.0', 426],
    ['ios/2', 200],
    ['ios/2.0.0+9', 200],
    ['ios/2.0.1-beta.1', 200],
    ['android/2.8.99', 426],
    ['android/2.10', 200],
  ])('%s gets %i', async (version, status) => {
    expect((await shop.ask('/api/screen', as(version))).status).toBe(status);
  });

  test('is never answered from what is kept, and what it gets is never another’s', async () => {
    const [before, kept] = [await shop.ask('/api/screen'), await shop.ask('/api/screen', as('ios/3.1.0'))];
    expect([before.headers['cache-status'], kept.headers['cache-status']]).toEqual([
      'tributary; fwd=miss; stored',
      'tributary; hit',
    ]);
    // Neither by the long path, nor by the one that looks at nothing but the target, nor by its ETag.
    expect(findHit(shop.engine, '/api/screen', as('ios/1.0'))).toBeUndefined();
    expect((await shop.ask('/api/screen', as('ios/1.0'))).status).toBe(426);
    const known = { ...as('ios/1.0'), 'if-none-match': kept.headers.etag ?? '' };
    expect((await shop.ask('/api/screen', known)).status).toBe(426);
    for (const version of ['ios/3.1.0', 'ios/2.0', 'nonsense']) {
      const { status, text } = await shop.ask('/api/screen', as(version));
      expect([status, text]).toEqual([200, before.text]);
    }
  });

  test('is turned away before anything else about its request is looked at', async () => {
    const wrong = { ...as('ios/1.0'), accept: 'text/html', authorization: 'Bearer bad', 'x-scenario': 'x' };
    for (const target of ['/api/screen', '/api/screen?nonsense=1&parts=x'])
      expect((await shop.ask(target, wrong)).status).toBe(426);
    expect((await shop.ask('/api/screen', as('ios/1.0'), { method: 'POST', body: {} })).status).toBe(426);
    const head = await shop.ask('/api/screen', as('ios/1.0'), { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([426, '']);
    expect(shop.reported).toEqual([]);
  });

  test('gets no stream either', async () => {
    const { status } = await shop.ask('/api/screen', { ...as('ios/1.0'), accept: 'text/event-stream' });
    expect(status).toBe(426);
  });

  test('is answered where an operation is not for apps', async () => {
    expect((await shop.ask('/api/page', as('ios/1.0'))).status).toBe(200);
  });
});

describe('a build that should be updated', () => {
  test('is answered, with a header about it that reads as RFC 9651', async () => {
    const { status, headers } = await shop.ask('/api/screen', as('ios/2.4.0'));
    expect(status).toBe(200);
    const [word, parameters] = parseItem(headers['app-update'] ?? '');
    expect([String(word), Object.fromEntries(parameters)]).toEqual([
      'recommended',
      { version: '3.1.0', store: APPS.ios.store },
    ]);
  });

  test('gets it with a 304 and with a problem as well, and no other build does', async () => {
    const { headers } = await shop.ask('/api/screen', as('ios/2.4.0'));
    const again = await shop.ask('/api/screen', { ...as('ios/2.4.0'), 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.headers['app-update']]).toEqual([304, headers['app-update']]);
    const refused = await shop.ask('/api/screen', { ...as('ios/2.4.0'), accept: 'text/html' });
    expect([refused.status, refused.headers['app-update']]).toEqual([406, headers['app-update']]);
    for (const other of ['ios/3.1.0', 'android/2.9.0', 'ios/x'])
      expect((await shop.ask('/api/screen', as(other))).headers).not.toHaveProperty('app-update');
    expect((await shop.ask('/api/screen')).headers).not.toHaveProperty('app-update');
  });

  test('is a reason for caches on the way to distinguish builds', async () => {
    expect((await shop.ask('/api/screen')).headers.vary).toBe('Accept, Accept-Encoding, X-App-Version');
    expect((await shop.ask('/api/page')).headers.vary).toBe('Accept, Accept-Encoding');
  });
});

describe('a check that can’t be made never blocks an app', () => {
  test.each([
    ...['', ' ', '/', 'ios', 'ios/', '/1.0', 'ios/1.0/2', 'ios 1.0', 'ios/v1.0', 'ios/1.0.0.0', 'ios/01.0', 'ios/1,0'],
    ...['ios/1.0, ios/3.1.0', 'web/1.0', 'windows/0.1', 'constructor/1.0', '__proto__/1.0', 'ios/-1', 'ios/1.0 (beta)'],
    ...['ios/1.0\u0000', `ios/1.0-${'a'.repeat(80)}`, 'ios/99999999999999999999', 'Shop/1.0 (iPhone; iOS 12)'],
  ])('%j', async (version) => {
    const { status, headers } = await shop.ask('/api/screen', as(version));
    expect([status, headers['app-update']]).toEqual([200, undefined]);
  });

  test('whatever else it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 80 }), async (text) => {
        const { status } = await shop.ask('/api/screen', as(text));
        expect([200, 426]).toContain(status);
        if (status === 426) expect(text.trim()).toMatch(/^(?:ios|android)\/\d/i);
      }),
    );
  });

  test('where nothing is configured', async () => {
    const any = { minimum: undefined, recommended: undefined, store: undefined };
    shop = startEngine({ shop: upstreams.url }, [forApps], { apps: { ios: any, android: any } });
    const { status, headers } = await shop.ask('/api/screen', as('ios/0.0.1'));
    expect([status, headers['app-update']]).toEqual([200, undefined]);
  });
});

test('the versions of operations and policies that contradict themselves are reported at start', () => {
  const going = (deprecated: object) =>
    operation({ ...contract, id: 'going', route: 'GET /api/going', deprecated: deprecated as never }, (_, { all }) =>
      all(thing(), (view) => view),
    );
  const begin = (deprecated: object) => () => startEngine({ shop: upstreams.url }, [forAll, going(deprecated)]);
  const right = { since: '2026-09-01', sunset: '2027-01-31', successor: '/api/page' };
  expect(begin(right)).not.toThrow();
  expect(begin({ ...right, sunset: '2026-08-31' })).toThrow('the sunset not earlier');
  expect(begin({ ...right, since: 'soon' })).toThrow('goes from soon');
  expect(begin({ ...right, since: '2026-02-30x' })).toThrow('goes from');
  expect(begin({ ...right, successor: '/api/nothing' })).toThrow('which is not offered');
  expect(begin({ ...right, successor: '/api/going' })).toThrow('which is not offered, or going as well');
});
