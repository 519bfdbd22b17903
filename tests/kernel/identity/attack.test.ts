import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { composePersonal } from '#kernel/flow/tools.ts';
import type { Identify } from '#kernel/identity/principal.ts';
import { privateId } from '#kernel/identity/principal.ts';
import { makePrivateId } from '#kernel/identity/private-id.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { subjectUnverified } from '#mocks/bearer.ts';
import { bearerIs, startEngine } from '#tests/support/engine.ts';
import { LONG } from '#tests/support/long.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const USERS = Array.from({ length: 50 }, (_, index) => `user${index}`);
const Canary = z.object({ id: z.string(), canary: z.string() });
const http = upstream('shop', { timeout: 5_000, attempts: 1, parallel: 4_096 });
const cached = cache.for('60s').staleFor('60s').tagged('all');
const brief = cache.for('5ms').staleFor('20ms').staleOnError('1s').tagged('all');
const quotes = http.batch('quotes', Canary, {
  max: 20,
  id: 'id',
  request: (ids, args) => ({ post: path`quotes`, body: { ids, ...args } }),
});

const contract = {
  summary: '',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  output: z.object({ values: z.record(z.string(), z.unknown()) }),
  deadline: 10_000,
} as const;

const getMine = operation(
  { ...contract, id: 'getMine', route: 'GET /api/mine/{id}', audience: 'personal' },
  ({ id }, { all, principal }) => {
    const customer = privateId('customer', principal);
    const nested = composePersonal(async ({ all: inner }) =>
      inner({ deep: required(http.asUser.get(path`deep/${id}`, Canary, brief)) }),
    );
    return all(
      {
        token: required(http.asUser.get(path`token/${id}`, Canary, cached)),
        live: required(http.asUser.get(path`live/${id}`, Canary)),
        own: required(http.get(path`customers/${customer}/${id}`, Canary, brief)),
        quote: required(quotes(id, { customer }, brief)),
        nested: required(nested),
        shared: required(http.get(path`public/${id}`, Canary, cached)),
      },
      (values) => ({ values }),
    );
  },
);
const getEither = operation(
  { ...contract, id: 'getEither', route: 'GET /api/either/{id}', audience: 'either' },
  ({ id }, { all, principal }) =>
    all(
      {
        shared: required(http.get(path`public/${id}`, Canary, cached)),
        ...(principal.kind === 'anonymous'
          ? {}
          : {
              token: optional(http.asUser.get(path`token/${id}`, Canary, brief)),
              quote: optional(quotes(id, { customer: privateId('customer', principal) }, cached)),
            }),
      },
      (values) => ({ values }),
    ),
);
const getPublic = operation(
  { ...contract, id: 'getPublic', route: 'GET /api/public/{id}', audience: 'public' },
  ({ id }, { all }) =>
    all({ shared: required(http.get(path`public/${id}`, Canary, cached)) }, (values) => ({ values })),
);

let upstreams: TestUpstream;
beforeEach(async () => {
  upstreams = await startUpstream();
  // Puts into every answer whom it was made for, as the wire tells it: by token, own id, or nobody.
  upstreams.otherwise = (response, { path: asked, headers, body }) => {
    const token = subjectUnverified(headers.authorization);
    const [, what, name] = asked.split('/');
    if (what === 'quotes') {
      const { ids, customer } = JSON.parse(body) as { ids: string[]; customer: string };
      return json(
        response,
        ids.map((id) => ({ id, canary: `<${customer}>` })),
      );
    }
    const whose = token ?? (what === 'customers' ? name : 'everybody');
    json(response, { id: '1', canary: `<${whose}>` });
  };
});
afterEach(() => upstreams.close());

/** A repeatable draw (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** Sends a mix of requests of all users and nobody, and counts canaries that sit in somebody else's answer. */
async function attack(identify: Identify, requests: number) {
  const shop = startEngine({ shop: upstreams.url }, [getMine, getEither, getPublic], { identify });
  const roll = dice(7);
  const count = { foreign: 0, own: 0, failed: {} as Record<string, number> };
  const one = async (): Promise<void> => {
    const user = roll(10) === 0 ? undefined : USERS[roll(USERS.length)];
    const kind = user === undefined ? 'either' : ['mine', 'either', 'public'][roll(3)];
    const {
      status,
      text,
      json: view,
    } = await shop.ask(`/api/${kind}/${roll(3)}`, user === undefined ? {} : { authorization: `Bearer ${user}` });
    if (status !== 200) count.failed[`${view.code}`] = (count.failed[`${view.code}`] ?? 0) + 1;
    for (const [canary] of text.matchAll(/<\w+>/g)) {
      if (canary === '<everybody>') continue;
      if (canary === `<${user}>` && kind !== 'public') count.own++;
      else count.foreign++;
    }
  };
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      if (roll(400) === 0) shop.purge('all');
      await one();
    }
  };
  await Promise.all(Array.from({ length: 60 }, worker));
  await shop.settled();
  return count;
}

/** The seeded defect: everybody has one scope, as if the principal had been cut out of every key. */
const everybodyIsOne: Identify = async (headers) => {
  const principal = await bearerIs(headers);
  return typeof principal === 'string' || principal.kind === 'anonymous'
    ? principal
    : { ...principal, id: makePrivateId('principal', 'one', 'user:one') };
};

const ANSWERS = LONG ? 5_000 : 500;

describe('fifty users at once, cold, warm, expiring and purged', () => {
  test(`never see one another’s canary in ${ANSWERS} answers`, async () => {
    const { foreign, own: seen, failed } = await attack(bearerIs, ANSWERS);
    expect(foreign).toBe(0);
    expect(failed).toEqual({});
    expect(seen).toBeGreaterThan(ANSWERS);
  });

  test('would be seen to meet if the principal were not in the key', async () => {
    const { foreign } = await attack(everybodyIsOne, 500);
    expect(foreign).toBeGreaterThan(100);
  });
});
