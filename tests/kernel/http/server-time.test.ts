import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { totals } from '#kernel/base/time/window.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { realLoop } from '#tests/support/steady-loop.ts';
import { startUpstreamInThread, type ThreadUpstream } from '#tests/support/upstream-in-thread.ts';

const Thing = z.object({ n: z.int() });
/** Long enough for a request to arrive on any machine, and as long as each test stands still. */
const TIMEOUT = 2_000;
const http = upstream('shop', { timeout: TIMEOUT, attempts: 2, parallel: 64 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  output: z.object({ n: z.int() }),
  deadline: TIMEOUT,
} as const;

const operations = [
  operation({ ...contract, id: 'must', route: 'GET /api/must/{id}' }, ({ id }, { all }) =>
    all({ it: required(http.get(path`it/${id}`, Thing, cache.for('60s'))) }, ({ it }) => it),
  ),
  operation({ ...contract, id: 'may', route: 'GET /api/may/{id}' }, ({ id }, { all }) =>
    all({ it: optional(http.get(path`it/${id}`, Thing), { n: 0 }) }, ({ it }) => it ?? { n: 0 }),
  ),
];

let things: ThreadUpstream;
let shop: TestEngine;

beforeEach(async () => {
  things = await startUpstreamInThread('{"n":7}');
  shop = startEngine({ shop: things.url }, operations, { deadlineScale: 1 });
  realLoop();
});
afterEach(() => things.close());

/** Asks, and lets this process stand still from when the request has arrived until all its timeouts are due. */
async function askAndStandStill(target: string, answers: boolean): ReturnType<TestEngine['ask']> {
  const asked = shop.ask(target);
  await things.arrived();
  // After the sockets were read: timers are next, before anybody reads them again.
  await new Promise((resolve) => setImmediate(resolve));
  things.standStill(TIMEOUT, answers);
  return asked;
}

const upstreamState = () => shop.lane().upstreams.get('shop');

describe('a process that stood still while its calls came due', () => {
  test('takes the answer that had come meanwhile', async () => {
    const { status, json } = await askAndStandStill('/api/must/1', true);
    expect([status, json.n]).toEqual([200, 7]);
    expect(upstreamState()?.breaker.consecutive).toBe(0);
  });

  test('says so where there is none: 503 and not 504, no failure of the upstream, no retry of its budget', async () => {
    const { status, json, headers } = await askAndStandStill('/api/must/1', false);
    expect([status, json.code, headers['retry-after']]).toEqual([503, 'overloaded', '1']);
    expect(json.detail).toMatch(/this server was busy for \d+ ms itself/);
    const { breaker, budget } = upstreamState() ?? {};
    expect(breaker).toMatchObject({ state: 'closed', consecutive: 0 });
    expect(budget && totals(budget, performance.now()).second).toBe(0);
    const [trace] = recentTraces();
    expect(trace?.lost).toBeGreaterThan(TIMEOUT / 2);
    expect(trace?.calls[0]).toMatchObject({ outcome: 'busy' });
    expect(trace?.calls[0]?.wire?.lost).toBeGreaterThan(TIMEOUT / 2);
  });

  test('does without what is optional, and gives the reason by its own name', async () => {
    const { status, json, headers } = await askAndStandStill('/api/may/1', false);
    expect([status, json.n]).toEqual([200, 0]);
    expect(headers['section-status']).toBe('it=fallback;reason=busy');
    expect(headers['cache-control']).toBe('no-store');
  });
});
