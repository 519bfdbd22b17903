import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const ROUNDS = 250;
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant('ask' as const) },
  { weight: 2, arbitrary: fc.constant('purge' as const) },
  { weight: 1, arbitrary: fc.constant('turn' as const) },
  { weight: 1, arbitrary: fc.constant('hurry' as const) },
);
const shapes = [
  { target: '/api/things/1', tags: ['thing:1', 'things'] },
  { target: '/api/pairs/1', tags: ['left', 'right'] },
  { target: '/api/brief/1', tags: ['brief'] },
] as const;

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
});
afterEach(() => upstreams.close());

describe('after a purge has returned', () => {
  test('no later request ever sees a value read before it', async () => {
    let version = 0;
    let delays: number[] = [];
    upstreams.otherwise = (response) => {
      // What is told is what was true when the upstream read it; the answer takes its time.
      const read = version;
      const turns = delays.pop() ?? 0;
      const tell = (left: number): void =>
        void (left === 0 ? json(response, { n: read }) : setImmediate(tell, left - 1));
      tell(turns);
    };
    let checked = 0;
    let overlapped = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...shapes),
        fc.array(step, { minLength: 4, maxLength: 20 }),
        fc.array(fc.nat(12), { maxLength: 20 }),
        fc.infiniteStream(fc.nat(1)),
        async ({ target, tags }, steps, waits, choices) => {
          shop = startEngine({ shop: upstreams.url }, OPERATIONS);
          delays = [...waits];
          const asked: Promise<void>[] = [];
          let under = 0;
          for (const what of [...steps, 'ask' as const]) {
            if (what === 'turn') await new Promise(setImmediate);
            else if (what === 'purge') {
              version++;
              // A pair is only as new as both of its halves.
              shop.purge(...(target === '/api/pairs/1' ? tags : [tags[choices.next().value] ?? tags[0]]));
              if (under > 0) overlapped++;
            } else {
              const least = version;
              under++;
              const headers: Record<string, string> = what === 'hurry' ? { 'x-deadline-ms': '15000' } : {};
              asked.push(
                shop.ask(target, headers).then(({ status, json: body }) => {
                  under--;
                  expect(status).toBe(200);
                  for (const value of Object.values(body)) {
                    if (typeof value !== 'object' || value === null || !('n' in value)) continue;
                    checked++;
                    expect(value.n).toBeGreaterThanOrEqual(least);
                  }
                }),
              );
            }
          }
          await Promise.all(asked);
          await shop.settled();
        },
      ),
      { numRuns: ROUNDS },
    );
    expect(checked).toBeGreaterThan(ROUNDS);
    expect(overlapped).toBeGreaterThan(ROUNDS / 4);
  });
});
