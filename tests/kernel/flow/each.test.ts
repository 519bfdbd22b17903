import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { eachOf, optional, required } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { gated, hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 300, attempts: 1, parallel: 32 });
const policy = cache.for('60s').staleOnError('1d').tagged('all');
const thing = (id: string) => http.get(path`things/${id}`, Thing, policy);
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ ids: z.string().transform((text) => text.split(',')) }),
  example: { ids: 'a,b' },
  output: z.object({ things: z.record(z.string(), Thing).optional() }),
  deadline: 1_000,
} as const;
const operations = [
  operation({ ...contract, id: 'may', route: 'GET /api/may' }, ({ ids }, { all }) =>
    all({ things: optional(eachOf(ids, thing)) }, (values) => values),
  ),
  operation({ ...contract, id: 'must', route: 'GET /api/must' }, ({ ids }, { all }) =>
    all({ things: required(eachOf(ids, thing)), other: required(thing('other')) }, ({ things }) => ({ things })),
  ),
  operation({ ...contract, id: 'need', route: 'GET /api/need' }, async ({ ids }, { need }) => ({
    things: await need(eachOf(ids, thing)),
  })),
];

let upstreams: TestUpstream;
let shop: TestEngine;
const fine = { n: 1 };

beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, fine);
  upstreams.on('/things/x', (response) => json(response, {}, 404));
  upstreams.on('/things/f', (response) => json(response, {}, 500));
  upstreams.on('/things/d', (response) => json(response, { n: 'x' }));
  shop = startEngine({ shop: upstreams.url }, operations);
});
afterEach(() => upstreams.close());

describe('one call for each id', () => {
  test('brings all of them at once, each id asked for once', async () => {
    const { json: body } = await shop.ask('/api/may?ids=a,b,a');
    expect(body).toEqual({ things: { a: fine, b: fine }, meta: { complete: true, sections: {} } });
    expect(upstreams.count()).toBe(2);
  });

  test('has the last good value of an id that drifts, where it can’t do without', async () => {
    upstreams.on('/things/once', (response) => json(response, fine));
    await shop.ask('/api/must?ids=a,once');
    upstreams.on('/things/once', (response) => json(response, { n: 'x' }));
    shop.purge('all');
    const must = await shop.ask('/api/must?ids=a,once');
    expect([must.json.things, must.sections.things]).toMatchObject([{ a: fine, once: fine }, { state: 'stale' }]);
    shop.purge('all');
    const may = await shop.ask('/api/may?ids=a,once');
    expect([may.json.things, may.sections.things]).toMatchObject([
      { a: fine },
      { state: 'missing', reason: 'contract' },
    ]);
  });

  test('leaves out what is not there, and is complete all the same', async () => {
    for (const target of ['/api/may', '/api/must', '/api/need']) {
      const { status, json: body } = await shop.ask(`${target}?ids=a,x1,b`);
      expect([status, body.things, body.meta]).toEqual([200, { a: fine, b: fine }, { complete: true, sections: {} }]);
    }
    expect((await shop.ask('/api/must?ids=x1,x2')).json.things).toEqual({});
  });

  test.each([
    ['f1', 'unavailable'],
    ['d1', 'contract'],
  ])('keeps what the others brought where %s fails, says so, and is not kept', async (bad, reason) => {
    for (const target of ['/api/may', '/api/must']) {
      const { status, json: body, sections } = await shop.ask(`${target}?ids=a,${bad},x1`);
      expect([status, body.things]).toEqual([200, { a: fine }]);
      expect(sections).toEqual({ things: { state: 'missing', reason } });
    }
    expect(shop.engine.responses.size).toBe(0);
  });

  test('says so under a name where code awaits it', async () => {
    const { sections } = await shop.ask('/api/need?ids=a,f1');
    expect(Object.values(sections)).toEqual([{ state: 'missing', reason: 'unavailable' }]);
    expect(Object.keys(sections)).not.toContain('');
  });

  test('fails where all fail', async () => {
    expect((await shop.ask('/api/may?ids=f1,f2')).sections).toEqual({
      things: { state: 'missing', reason: 'unavailable' },
    });
    expect((await shop.ask('/api/must?ids=f1,f2')).status).toBe(502);
  });

  test('serves an old value for the one that fails', async () => {
    await shop.ask('/api/may?ids=a,b');
    shop.purge('all');
    upstreams.on('/things/b', (response) => json(response, {}, 500));
    const { json: body, sections } = await shop.ask('/api/may?ids=a,b');
    expect(body.things).toEqual({ a: fine, b: fine });
    expect(sections).toEqual({ things: { state: 'stale', reason: 'unavailable', since: expect.any(String) } });
  });

  test('is aborted with its siblings', async () => {
    const failing = gated((response) => json(response, {}, 500));
    upstreams.otherwise = hang;
    upstreams.on('/things/other', failing.handler);
    const asked = shop.ask('/api/must?ids=a,b');
    await until('three calls are out', () => upstreams.count() === 3);
    failing.open();
    expect((await asked).status).toBe(502);
    await until('both calls are aborted', () => upstreams.seen.filter(({ aborted }) => aborted).length === 2);
  });

  test('is complete with no ids at all', async () => {
    const none = operation({ ...contract, id: 'none', route: 'GET /api/none' }, (_, { all }) =>
      all({ things: required(eachOf([], thing)) }, (values) => values),
    );
    const empty = startEngine({ shop: upstreams.url }, [none]);
    expect((await empty.ask('/api/none?ids=a')).json.things).toEqual({});
  });
});
