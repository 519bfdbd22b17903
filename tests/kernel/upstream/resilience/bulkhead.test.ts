import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callError, isCallError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { createBulkhead, enter, leave, MAX_QUEUED_PER_PERMIT } from '#kernel/upstream/resilience/bulkhead.ts';
import { runs } from '#tests/support/long.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // A loop that was watched by the real clock would seem to be late by this one.
  resetRegistry();
});
afterEach(() => void vi.useRealTimers());

const PATIENCE = 100;

interface Caller {
  readonly cancellation: Cancellation;
  readonly since: number;
  state: 'inside' | 'queued' | 'overloaded' | 'aborted';
  /** What really became of it. */
  told: string;
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'enter' as const, which: 0 }) },
  { weight: 3, arbitrary: fc.constant({ do: 'leave' as const, which: 0 }) },
  { weight: 2, arbitrary: fc.nat(20).map((which) => ({ do: 'cancel' as const, which })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 120 }).map((which) => ({ do: 'wait' as const, which })) },
);

describe('a bulkhead', () => {
  test('has never more inside than it has places, queues four for each, and loses no place, whichever call comes, leaves or gives up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 90 }), async (parallel, steps) => {
        const bulkhead = createBulkhead();
        const callers: Caller[] = [];
        const of = (state: Caller['state']) => callers.filter((caller) => caller.state === state);
        let now = 0;
        for (const { do: what, which } of steps) {
          if (what === 'enter') {
            const caller: Caller = { cancellation: new Cancellation(), since: now, state: 'inside', told: 'inside' };
            if (of('inside').length === parallel)
              caller.state = of('queued').length === parallel * MAX_QUEUED_PER_PERMIT ? 'overloaded' : 'queued';
            const place = enter(bulkhead, parallel, caller.cancellation, PATIENCE);
            if (place) {
              caller.told = 'queued';
              const tell = (told: string) => {
                caller.told = told;
              };
              place.then(
                () => tell('inside'),
                (thrown) => tell(isCallError(thrown) ? thrown.reason : 'unknown'),
              );
            }
            callers.push(caller);
          } else if (what === 'leave') {
            const [someone] = of('inside');
            if (!someone) continue;
            callers.splice(callers.indexOf(someone), 1);
            leave(bulkhead);
            const [next] = of('queued');
            if (next) next.state = 'inside';
          } else if (what === 'cancel') {
            const caller = callers[which % Math.max(1, callers.length)];
            caller?.cancellation.cancel(callError('aborted', 'left'));
            if (caller?.state === 'queued') caller.state = 'aborted';
          } else {
            now += which;
            vi.advanceTimersByTime(which);
            for (const caller of of('queued')) if (now - caller.since > PATIENCE) caller.state = 'overloaded';
          }
          await Promise.resolve();
          await Promise.resolve();
          expect(callers.map(({ told }) => told)).toEqual(callers.map(({ state }) => state));
          expect(bulkhead.active).toBe(of('inside').length);
          expect(bulkhead.active).toBeLessThanOrEqual(parallel);
          expect(bulkhead.queue.size).toBe(of('queued').length);
          expect(bulkhead.congestion).toMatchObject({
            inUse: Math.min(1, of('inside').length),
            queued: Math.min(1, of('queued').length),
          });
        }
        for (let left = of('inside').length + of('queued').length; left > 0; left--) leave(bulkhead);
        expect(bulkhead).toMatchObject({ active: 0 });
        expect(bulkhead.queue.size).toBe(0);
        vi.advanceTimersByTime(1_000);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: runs(300) },
    );
  });

  test('lets in who has waited longest', async () => {
    const bulkhead = createBulkhead();
    enter(bulkhead, 2, new Cancellation(), PATIENCE);
    enter(bulkhead, 2, new Cancellation(), PATIENCE);
    const order: string[] = [];
    enter(bulkhead, 2, new Cancellation(), PATIENCE)?.then(() => order.push('first'));
    enter(bulkhead, 2, new Cancellation(), PATIENCE)?.then(() => order.push('second'));
    leave(bulkhead);
    leave(bulkhead);
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(['first', 'second']);
  });

  test('does not queue who has left already', async () => {
    const bulkhead = createBulkhead();
    enter(bulkhead, 1, new Cancellation(), PATIENCE);
    const gone = new Cancellation();
    gone.cancel(callError('aborted', 'left'));
    await expect(enter(bulkhead, 1, gone, PATIENCE)).rejects.toMatchObject({ reason: 'aborted' });
    expect(bulkhead.queue.size).toBe(0);
  });
});
