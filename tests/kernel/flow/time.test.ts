import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

const Thing = z.object({ n: z.int() });
const slow = upstream('shop', { timeout: 5_000, attempts: 2, parallel: 64 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 300,
} as const;
const output = z.object({ n: z.int() });

const operations = [
  operation({ ...contract, id: 'must', route: 'GET /api/must/{id}', output }, ({ id }, { all }) =>
    all({ it: required(slow.get(path`it/${id}`, Thing)) }, ({ it }) => it),
  ),
  operation({ ...contract, id: 'may', route: 'GET /api/may/{id}', output }, ({ id }, { all }) =>
    all({ it: optional(slow.get(path`it/${id}`, Thing), { n: 0 }) }, ({ it }) => it ?? { n: 0 }),
  ),
  operation({ ...contract, id: 'stuck', route: 'GET /api/stuck/{id}', output }, () => new Promise<never>(() => {})),
];

// Node tells of a timer in the past once a process, so it is listened for from the start.
const warnings: string[] = [];
const listen = ({ name }: Error): void => void warnings.push(name);
beforeAll(() => void process.on('warning', listen));
afterAll(() => void process.off('warning', listen));

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = hang;
  shop = startEngine({ shop: upstreams.url }, operations, { deadlineScale: 1 });
});
afterEach(() => upstreams.close());

/** How an answer came out, and how many milliseconds of a virtual clock it took: what this machine takes is none of it. */
async function timed(target: string, deadline?: string): Promise<{ status: number; took: number; reason?: string }> {
  const [only] = await timedAll([[target, deadline]]);
  if (only === undefined) throw new Error('it was asked');
  return only;
}

async function timedAll(asked: readonly (readonly [target: string, deadline: string | undefined])[]) {
  await stopTime();
  try {
    // What it knows of the real clock is forgotten.
    shop = startEngine({ shop: upstreams.url }, operations, { deadlineScale: 1 });
    const began = performance.now();
    const answers = asked.map(async ([target, deadline]) => {
      const { status, sections } = await shop.ask(target, deadline === undefined ? {} : { 'x-deadline-ms': deadline });
      const reason = sections.it?.reason;
      return { status, took: performance.now() - began, ...(reason && { reason }) };
    });
    return await passTime(Promise.all(answers));
  } finally {
    vi.useRealTimers();
  }
}

describe('a deadline', () => {
  test('ends an answer that waits for what it must have, with 504, and keeps a tenth for writing it', async () => {
    const { status, took } = await timed('/api/must/1');
    expect(status).toBe(504);
    expect(took).toBeGreaterThan(265);
    expect(took).toBeLessThan(290);
  });

  test('makes what is optional fall back while there is time to say so', async () => {
    const { status, took, reason } = await timed('/api/may/1');
    expect([status, reason]).toEqual([200, 'timeout']);
    expect(took).toBeGreaterThan(265);
    expect(took).toBeLessThan(290);
  });

  test('ends code that waits for something else', async () => {
    const { status, took } = await timed('/api/stuck/1');
    expect(status).toBe(504);
    expect(took).toBeGreaterThan(295);
    expect(took).toBeLessThan(320);
  });

  test('is shortened by the client, to nothing if it likes', async () => {
    for (const [header, most] of [
      ['100', 110],
      ['0', 20],
    ] as const) {
      for (const target of ['/api/must/1', '/api/stuck/1']) {
        const { status, took } = await timed(target, header);
        expect(status).toBe(504);
        expect(took).toBeLessThan(most);
      }
    }
  });

  test.each(['60000', '-5', 'soon', '1e1'])('is not lengthened nor moved by %s', async (header) => {
    const { took } = await timed('/api/must/1', header);
    expect(took).toBeGreaterThan(265);
    expect(took).toBeLessThan(320);
  });

  test('holds for any that a client may ask for, and many at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 20, max: 400 }), { minLength: 5, maxLength: 20 }), async (wanted) => {
        const all = await timedAll(wanted.map((deadline, index) => [`/api/may/${index}`, String(deadline)]));
        for (const [index, { status, took }] of all.entries()) {
          const deadline = Math.min(300, wanted[index] ?? 0);
          expect([200, 504]).toContain(status);
          expect(took).toBeGreaterThan(deadline * 0.85 - 5);
          expect(took).toBeLessThan(deadline + 20);
        }
      }),
      { numRuns: 4 },
    );
  });

  test('of the request does not shorten what the upstream gets: the flight belongs to no request', async () => {
    upstreams.otherwise = (response) => json(response, { n: 1 });
    await shop.ask('/api/must/1', { 'x-deadline-ms': '100' });
    expect(Number(upstreams.seen[0]?.headers['x-envoy-expected-rq-timeout-ms'])).toBeGreaterThan(2_500);
    expect(recentTraces()[0]).toMatchObject({ deadline: 100 });
  });

  test('that is over arms no timer in the past', async () => {
    await timed('/api/must/1', '0');
    await timed('/api/stuck/1', '1');
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });
});
