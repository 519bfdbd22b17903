import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional } from '#kernel/flow/section.ts';
import { authenticated, privateId } from '#kernel/identity/principal.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { fetchItem } from '#kernel/upstream/exchange/batch.ts';
import type { CallContext, Exchange } from '#kernel/upstream/exchange/call-context.ts';
import { client, startEngine, type TestEngine } from '#tests/support/engine.ts';
import { turn, until } from '#tests/support/until.ts';
import { gated, type Handler, hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Quote = z.object({ id: z.string(), amount: z.int() });
const http = upstream('pricing', { timeout: 400, attempts: 1, parallel: 8 });
const quote = http.batch('quotes', Quote, {
  max: 4,
  list: 'quotes',
  id: 'id',
  absent: 'error',
  request: (ids, args) => ({ post: path`quotes`, body: { ids, ...args } }),
});
const level = http.batch('levels', Quote, {
  max: 4,
  list: 'levels',
  id: 'id',
  request: (ids) => ({ get: path`levels`.query({ ids: ids.join(',') }) }),
});
const policy = cache.for('60s');

const Ids = z.object({ ids: z.string().transform((text) => text.split(',')), currency: z.string().default('EUR') });
const Quotes = z.object({ quotes: z.record(z.string(), z.unknown()) });

const getQuotes = operation(
  {
    id: 'getQuotes',
    route: 'GET /api/quotes',
    summary: '',
    audience: 'public',
    input: Ids,
    example: { ids: 'a' },
    output: Quotes,
    deadline: 1_000,
  },
  ({ ids, currency }, { all }) =>
    all(Object.fromEntries(ids.map((id) => [id, optional(quote(id, { currency }, policy))])), (quotes) => ({ quotes })),
);

const getMine = operation(
  {
    id: 'getMine',
    route: 'GET /api/mine/{id}',
    summary: '',
    audience: 'personal',
    input: z.object({ id: z.string() }),
    example: { id: 'a' },
    output: Quotes,
    deadline: 1_000,
  },
  ({ id }, { all, principal }) =>
    all({ [id]: optional(quote(id, { customer: privateId('customer', principal) }, policy)) }, (quotes) => ({
      quotes,
    })),
);

let pricing: TestUpstream;
let shop: TestEngine;

const getLevels = operation(
  {
    id: 'getLevels',
    route: 'GET /api/levels',
    summary: '',
    audience: 'public',
    input: Ids,
    example: { ids: 'a' },
    output: Quotes,
    deadline: 1_000,
  },
  ({ ids }, { all }) =>
    all(Object.fromEntries(ids.map((id) => [id, optional(level(id, {}, policy))])), (quotes) => ({ quotes })),
);

/** The upstream as it should be, but that x… is left out: y… says that it is absent, d… has drifted. */
const quoting: Handler = (response, { body }) => {
  const { ids } = JSON.parse(body) as { ids: string[] };
  const quotes = ids
    .filter((id) => !id.startsWith('x'))
    .map((id) => (id.startsWith('y') ? { id, error: 'none' } : { id, amount: id.startsWith('d') ? '1' : id.length }));
  json(response, { quotes: quotes.reverse() });
};
const asked = (): string[][] => pricing.seen.map(({ body }) => (JSON.parse(body) as { ids: string[] }).ids);

beforeEach(async () => {
  pricing = await startUpstream();
  pricing.otherwise = quoting;
  shop = startEngine({ pricing: pricing.url }, [getQuotes, getMine, getLevels]);
});
afterEach(() => pricing.close());

describe('a batch', () => {
  test('carries what is asked for meanwhile, across requests, and each finds its own', async () => {
    const [one, two] = await Promise.all([shop.ask('/api/quotes?ids=a,bb'), shop.ask('/api/quotes?ids=ccc')]);
    expect(asked()).toEqual([['a', 'bb', 'ccc']]);
    expect(one.json.quotes).toEqual({ a: { id: 'a', amount: 1 }, bb: { id: 'bb', amount: 2 } });
    expect(two.json.quotes).toEqual({ ccc: { id: 'ccc', amount: 3 } });
    const wires = recentTraces().flatMap(({ calls }) => calls.map(({ wire }) => wire));
    expect(wires.map((wire) => [wire?.batched, wire?.attempts, wire?.status])).toEqual(Array(3).fill([3, 1, 200]));
  });

  test('asks for an item once, however many want it', async () => {
    await Promise.all(Array.from({ length: 20 }, () => shop.ask('/api/quotes?ids=a,bb')));
    expect(asked()).toEqual([['a', 'bb']]);
  });

  test('carries no more than its most, and the rest in another', async () => {
    const { json: body } = await shop.ask('/api/quotes?ids=a,b,c,d1,e,f');
    expect(
      asked()
        .map((ids) => ids.length)
        .sort(),
    ).toEqual([2, 4]);
    expect(Object.keys(body.quotes as object)).toEqual(['a', 'b', 'c', 'e', 'f']);
  });

  test('lets each item succeed, miss or drift alone, and keeps them so', async () => {
    const { status, sections, json: body } = await shop.ask('/api/quotes?ids=a,x1,y1,d1');
    expect(status).toBe(200);
    expect(body.quotes).toEqual({ a: { id: 'a', amount: 1 } });
    expect(sections).toEqual({
      x1: { state: 'missing', reason: 'contract' },
      y1: { state: 'missing', reason: 'not-found' },
      d1: { state: 'missing', reason: 'contract' },
    });
    expect([...shop.lane().ledger.values()]).toMatchObject([
      { upstream: 'pricing', path: '[]', expected: 'each that was asked for' },
      { upstream: 'pricing', path: 'amount', expected: 'number', actual: 'string' },
    ]);
    await shop.ask('/api/quotes?ids=a,x1,y1,d1');
    expect(asked()).toEqual([
      ['a', 'x1', 'y1', 'd1'],
      ['x1', 'd1'],
    ]);
  });

  test.each<[string, object, string]>([
    ['nothing', {}, 'not-found'],
    ['no way on', { next: null, cursor: '', more: false, links: {}, paging: { next: null }, offset: '0' }, 'not-found'],
    ['a total that is there', { total: 1, count: '1', pages: 1 }, 'not-found'],
    ['what says nothing of it', { currency: 'EUR', asOf: '2026-11-30', errors: [], took: 12 }, 'not-found'],
    ['a cursor', { next_cursor: 'x' }, 'contract'],
    ['a total', { total: 4 }, 'contract'],
    ['a total in words', { total_count: '2' }, 'contract'],
    ['links', { links: { next: '/levels?page=2' } }, 'contract'],
    ['a word', { hasMore: true }, 'contract'],
  ])('that leaves out what it does not know, with %s beside its list', async (_, beside, reason) => {
    pricing.otherwise = (response) => json(response, { levels: [{ id: 'a', amount: 1 }], ...beside });
    const { json: body, sections } = await shop.ask('/api/levels?ids=a,b');
    expect(body.quotes).toEqual({ a: { id: 'a', amount: 1 } });
    expect(sections).toEqual({ b: { state: 'missing', reason } });
  });

  test('is another one for other arguments', async () => {
    await Promise.all([shop.ask('/api/quotes?ids=a&currency=EUR'), shop.ask('/api/quotes?ids=a&currency=USD')]);
    const currencies = pricing.seen.map(({ body }) => (JSON.parse(body) as { currency: string }).currency);
    expect(currencies.sort()).toEqual(['EUR', 'USD']);
  });

  test('is another one for every principal, and for a lane', async () => {
    await Promise.all([
      shop.ask('/api/mine/a', { authorization: 'Bearer ana' }),
      shop.ask('/api/mine/b', { authorization: 'Bearer bob' }),
      shop.ask('/api/mine/c', { authorization: 'Bearer ana' }),
      shop.ask('/api/mine/d', { authorization: 'Bearer ana', 'x-scenario': 'pricing=slow' }),
    ]);
    const carried = pricing.seen.map(({ body, headers }) => [JSON.parse(body), headers['x-scenario']]);
    expect(carried).toHaveLength(3);
    expect(carried).toContainEqual([{ ids: ['a', 'c'], customer: 'ana' }, undefined]);
    expect(carried).toContainEqual([{ ids: ['b'], customer: 'bob' }, undefined]);
    expect(carried).toContainEqual([{ ids: ['d'], customer: 'ana' }, 'pricing=slow']);
  });

  test('that fails fails for everyone in it, and is shown in every trace', async () => {
    pricing.otherwise = (response) => json(response, {}, 500);
    const { sections } = await shop.ask('/api/quotes?ids=a,bb');
    expect(sections).toEqual({
      a: { state: 'missing', reason: 'unavailable' },
      bb: { state: 'missing', reason: 'unavailable' },
    });
    expect(shop.lane().calls.size).toBe(0);
    const [trace] = recentTraces();
    expect(trace?.calls.map(({ wire }) => [wire?.batched, wire?.attempts, wire?.status])).toEqual([
      [2, 1, 500],
      [2, 1, 500],
    ]);
  });

  test.each([
    ['no list', { quotes: { a: 1 } }],
    ['nothing', {}],
    ['null', null],
    ['a bare list', [{ id: 'a', amount: 1 }]],
  ])('that answers %s has drifted, and nothing of it is kept', async (_, body) => {
    pricing.otherwise = (response) => json(response, body);
    const { sections } = await shop.ask('/api/quotes?ids=a');
    expect(sections).toEqual({ a: { state: 'missing', reason: 'contract' } });
    expect(shop.lane().calls.size).toBe(0);
    expect(shop.lane().ledger.size).toBe(1);
  });

  test('whose ids have drifted has not lost its items: they are not remembered as missing', async () => {
    pricing.otherwise = (response) => json(response, { quotes: [{ id: 1, amount: 1 }] });
    const { sections } = await shop.ask('/api/quotes?ids=1');
    expect(sections).toEqual({ 1: { state: 'missing', reason: 'contract' } });
    expect(shop.lane().calls.size).toBe(0);
  });

  test('that is not there itself says nothing about its items', async () => {
    pricing.otherwise = (response) => json(response, {}, 404);
    const { sections } = await shop.ask('/api/quotes?ids=1,2');
    const missing = { state: 'missing', reason: 'unavailable' };
    expect(sections).toEqual({ 1: missing, 2: missing });
    expect(shop.lane().calls.size).toBe(0);
  });

  test('is another one for principals of two issuers, though they have one name', async () => {
    const two = startEngine({ pricing: pricing.url }, [getMine], {
      identify: ({ authorization = '' }) => authenticated('bearer', authorization, 'ana'),
    });
    await Promise.all([
      two.ask('/api/mine/a', { authorization: 'one' }),
      two.ask('/api/mine/b', { authorization: 'other' }),
    ]);
    expect(asked().sort()).toEqual([['a'], ['b']]);
  });

  /** Two clients in one batch that is out. */
  async function twoAboard() {
    const gate = gated(quoting);
    pricing.otherwise = gate.handler;
    const [ana, bob] = [client(), client()];
    const answers = [
      shop.ask('/api/mine/a', { authorization: 'Bearer ana' }, { gone: ana.gone }),
      shop.ask('/api/mine/b', { authorization: 'Bearer ana' }, { gone: bob.gone }),
    ] as const;
    await until('the batch is out', () => gate.waiting() === 1);
    return { gate, ana, bob, answers };
  }

  test('goes on while anyone waits for it', async () => {
    const { gate, ana, answers } = await twoAboard();
    ana.leave();
    await answers[0];
    await turn();
    gate.open();
    expect((await answers[1]).json.quotes).toEqual({ b: { id: 'b', amount: 1 } });
    expect(asked()).toEqual([['a', 'b']]);
  });

  test('is aborted when all have left', async () => {
    const { ana, bob, answers } = await twoAboard();
    ana.leave();
    bob.leave();
    await Promise.all(answers);
    await until('the upstream sees the abort', () => pricing.seen[0]?.aborted === true);
    expect(shop.lane().flights.size).toBe(0);
    expect(shop.lane().batches.size).toBe(0);
  });

  test('that all left before it went never goes, and one who comes later has another', async () => {
    const ana = client();
    const first = shop.ask('/api/mine/a', { authorization: 'Bearer ana' }, { gone: ana.gone });
    for (let turn = 0; turn < 100 && shop.lane().batches.size === 0; turn++) await Promise.resolve();
    expect(shop.lane().batches.size).toBe(1);
    ana.leave();
    const second = shop.ask('/api/mine/a', { authorization: 'Bearer ana' });
    await first;
    expect((await second).json.quotes).toEqual({ a: { id: 'a', amount: 1 } });
    expect(asked()).toEqual([['a']]);
  });

  test('is not taken from those who wait by an item whose callers have left before it joins', async () => {
    const exchange: Exchange = async ({ path: items }, { cancellation }) => {
      if (cancellation.reason) throw cancellation.reason;
      return { json: items.split(',').map((id) => ({ id })), size: 1, flaws: [] };
    };
    const batch = { name: 'things', max: 4, id: 'id', list: undefined, absent: undefined };
    const request = (items: readonly string[]) => ({ method: 'GET', path: items.join(), isRead: true }) as const;
    const call = { upstream: { name: 'pricing' }, label: 'things', schema: z.object({ id: z.string() }) };
    const asked = (item: string, cancellation: Cancellation) =>
      fetchItem(
        { ...call, request: { batch: {} } } as unknown as Call,
        { batch: { ...batch, request }, item, args: {}, argsKey: '{}' },
        { exchange, lane: shop.lane(), cancellation, wire: { tries: [] }, head: {} } as unknown as CallContext,
      );
    const gone = new Cancellation();
    gone.cancel(callError('aborted', 'gone'));
    const [waiting, left] = await Promise.allSettled([asked('a', new Cancellation()), asked('b', gone)]);
    expect(waiting).toMatchObject({ status: 'fulfilled', value: { value: { id: 'a' } } });
    expect(left.status).toBe('fulfilled');
  });

  test('ends at the upstream’s timeout', async () => {
    pricing.otherwise = hang;
    const hurried = startEngine({ pricing: pricing.url }, [getQuotes], { deadlineScale: 1 });
    const { sections } = await hurried.ask('/api/quotes?ids=a,b');
    expect(sections.a).toEqual({ state: 'missing', reason: 'timeout' });
    await until('its socket is closed', () => pricing.busySockets() === 0);
  });
});
