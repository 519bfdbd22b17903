import { afterEach, beforeEach } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { done, events, found, publish } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { topic } from '#kernel/contract/topic.ts';
import { optional, subject } from '#kernel/flow/section.ts';
import { purging, purgingPrivate } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import type { TestOutlet } from '#tests/support/stream.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { startVirtualTime, type VirtualTime } from '#tests/support/virtual-time.ts';

const Thing = z.object({ n: z.int() });
const Mine = z.object({ who: z.string(), n: z.int() });
const http = upstream('shop', { timeout: 2_000, attempts: 1, parallel: 64 });
const kept = cache.for('60s').staleOnError('1h');
const NEWS = topic('news', 'public');
export const MAIL = topic('mail', 'personal');
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
    async ({ id }, { need }) => {
      await need(purgingPrivate(http.post(path`write/${id}`, {}, z.unknown()), 'mine'));
      return done().with(publish(MAIL, 'written', { by: 'me' }));
    },
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
    async ({ id }, { need }) => {
      await need(purging(http.post(path`write/${id}`, {}, z.unknown()), `thing:${id}`));
      return done().with(publish(NEWS, 'changed', { id }));
    },
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

export const ana = { authorization: 'Bearer ana' };
export const bo = { authorization: 'Bearer bo' };
export const snapshots = (outlet: TestOutlet) => outlet.named('snapshot').map(({ data }) => JSON.parse(data));

export let upstreams: TestUpstream;
export let shop: TestEngine;
/** What the upstream has by now. */
export const served = { version: 1 };
export let open: TestOutlet[];
/** Replicas that lag behind are waited for in seconds. */
export let time: VirtualTime;

/** A shop over an upstream, new for each test of the file that calls this. */
export function withLiveShop(): void {
  beforeEach(async () => {
    served.version = 1;
    open = [];
    time = await startVirtualTime();
    upstreams = await startUpstream();
    upstreams.otherwise = (response) => json(response, { n: served.version });
    upstreams.on('/mine/', (response, { headers }) =>
      json(response, { who: headers.authorization, n: served.version }),
    );
    restart();
  });
  afterEach(async () => {
    for (const outlet of open) outlet.leave();
    await upstreams.close();
    time.end();
  });
}

/** The shop started anew, with other options. */
export function restart(options?: Parameters<typeof startEngine>[2]): void {
  shop = startEngine({ shop: upstreams.url }, OPERATIONS, options);
}

export async function listen(target: string, headers: Record<string, string> = {}): Promise<TestOutlet> {
  const outlet = await shop.listen(target, headers);
  open.push(outlet);
  return outlet;
}
