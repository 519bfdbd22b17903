import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { type Operation, operation } from '#kernel/contract/operation.ts';
import { optional, required, type Section } from '#kernel/flow/section.ts';
import { compose, composePersonal } from '#kernel/flow/tools.ts';
import { authenticated, privateId } from '#kernel/identity/principal.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine } from '#tests/support/engine.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 8 });
const policy = cache.for('60s');
const contract = {
  id: 'leaky',
  route: 'GET /api/leaky',
  summary: '',
  audience: 'public',
  input: z.object({}),
  example: {},
  output: z.object({ n: z.int().optional() }),
  deadline: 500,
} as const;

const someone = authenticated('bearer', 'i', 's');
const privateCalls = [
  ['of an own id', http.get(path`customers/${privateId('customer', someone)}`, Thing, policy)],
  ['with the user’s credential', http.asUser.get(path`me`, Thing, policy)],
] as const;

/** What a careless author does to silence the compiler. */
const bypass = (section: Section): Section<{ n: number }, 'public', 'required'> =>
  section as Section<{ n: number }, 'public', 'required'>;

let upstreams: TestUpstream;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
});
afterEach(() => upstreams.close());

describe.each(privateCalls)('a public operation that makes a private call %s', (_, call) => {
  test.each<[string, string, () => Operation]>([
    [
      'as a section',
      'secret',
      () => operation(contract, (_input, { all }) => all({ secret: bypass(required(call)) }, ({ secret }) => secret)),
    ],
    [
      'as an optional section',
      'secret',
      () => operation(contract, (_input, { all }) => all({ secret: bypass(optional(call)) }, ({ secret }) => secret)),
    ],
    [
      'in a composition in a composition',
      'outer.inner.secret',
      () => {
        const inner = composePersonal(async ({ all }) => all({ secret: required(call) }));
        const outer = composePersonal(async ({ all }) => all({ inner: required(inner) }));
        return operation(contract, (_input, { all }) => all({ outer: bypass(required(outer)) }, () => ({})));
      },
    ],
    [
      'by awaiting it',
      '',
      () => operation(contract, async (_input, { need }) => ({ n: ((await need(call as never)) as { n: number }).n })),
    ],
  ])('%s does not start, and the error says where', (__, section, make) => {
    const begin = () => startEngine({ shop: upstreams.url }, [make()]);
    expect(begin).toThrow(TypeError);
    expect(begin).toThrow(`leaky is public, but its section "${section}" makes a private call: GET`);
  });

  test('hidden behind another call is a 500 that reveals nothing; the upstream is not asked for it and nothing is stored', async () => {
    const hidden = operation(contract, async (_input, { need }) => {
      await need(http.get(path`first`, Thing, policy));
      return (await need(call as never)) as { n: number };
    });
    const inOptional = operation({ ...contract, id: 'fallback', route: 'GET /api/fallback' }, (_input, { all }) => {
      const late = compose(async ({ need }) => {
        await need(http.get(path`first`, Thing, policy));
        return need(call as never);
      });
      return all({ late: optional(late, { n: 0 }) }, () => ({ n: 0 }));
    });
    const shop = startEngine({ shop: upstreams.url }, [hidden, inOptional]);
    for (const target of ['/api/leaky', '/api/fallback']) {
      const { status, json: problem, text } = await shop.ask(target, { authorization: 'Bearer ana' });
      expect([status, problem.code]).toEqual([500, 'internal']);
      expect(text).not.toMatch(/private|customers|GET me/);
    }
    expect(shop.reported).toHaveLength(2);
    expect(new Set(upstreams.seen.map(({ path: asked }) => asked))).toEqual(new Set(['/first']));
    expect(shop.engine.responses.size).toBe(0);
    expect([...shop.lane().calls.keys()]).toHaveLength(1);
  });
});

describe('an own id that belongs to another user', () => {
  test.each(['either', 'personal'] as const)('is a 500 on what is %s, and no upstream is asked', async (audience) => {
    const confused = operation({ ...contract, audience }, (_input, { all }) =>
      all({ it: optional(http.get(path`customers/${privateId('customer', someone)}`, Thing, policy)) }, ({ it }) => ({
        n: it?.n,
      })),
    );
    const shop = startEngine({ shop: upstreams.url }, [confused]);
    const { status, json: problem } = await shop.ask('/api/leaky', { authorization: 'Bearer ana' });
    expect([status, problem.code]).toEqual([500, 'internal']);
    expect(upstreams.count()).toBe(0);
    expect(shop.lane().calls.size).toBe(0);
  });
});
