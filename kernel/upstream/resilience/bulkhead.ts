import { type CallError, callError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { type Congestion, countInUse, countQueued, createCongestion } from '#kernel/base/load/congestion.ts';
import { timeRun } from '#kernel/base/time/loop-delay.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';
import { TransientMap } from '#kernel/base/transient-map.ts';

/**
 * How many calls may wait for each permit. Short queues fail fast, and what fails fast makes room for more that fails:
 * how much may wait at all is bounded by load shedding (`load.ts`).
 */
export const MAX_QUEUED_PER_PERMIT = 4;

/** The permits of one upstream in one lane. */
export interface Bulkhead {
  active: number;
  /** Lets each waiting call in, by its number. */
  readonly queue: TransientMap<number, () => void>;
  lastNumber: number;
  /** Where its queue is counted beside those of other upstreams. */
  readonly congestion: Congestion;
}

export function createBulkhead(congestion: Congestion = createCongestion()): Bulkhead {
  return { active: 0, queue: new TransientMap(), lastNumber: 0, congestion };
}

/**
 * Takes one of `parallel` permits; undefined if one was free, else a promise of one. Four callers a permit may wait,
 * each for `timeout` milliseconds at most; beyond that it is an `overloaded` error at once. Every permit needs a
 * `leave`.
 */
export function enter(
  bulkhead: Bulkhead,
  parallel: number,
  cancellation: Cancellation,
  timeout: number,
): Promise<void> | undefined {
  const { queue, congestion } = bulkhead;
  if (bulkhead.active < parallel) {
    if (++bulkhead.active === 1) countInUse(congestion, 1, timeRun());
    return undefined;
  }
  if (queue.size >= parallel * MAX_QUEUED_PER_PERMIT) return Promise.reject(callError('overloaded', 'queue full'));
  return new Promise((resolve, reject) => {
    const number = ++bulkhead.lastNumber;
    const end = () => {
      queue.delete(number, letIn);
      if (queue.size === 0) countQueued(congestion, -1, timeRun());
      timer.clear();
      stopListening();
    };
    const giveUp = (reason: CallError) => {
      end();
      reject(reason);
    };
    const letIn = () => {
      end();
      resolve();
    };
    queue.set(number, letIn);
    if (queue.size === 1) countQueued(congestion, 1, timeRun());
    const timer = new Timeout(timeout, (late) =>
      giveUp(late.reason === 'busy' ? late : callError('overloaded', 'queued too long')),
    );
    let stopListening = () => {};
    stopListening = cancellation.onCancel(giveUp);
  });
}

/** Returns a permit: to the call that has waited longest, if there is one. */
export function leave(bulkhead: Bulkhead): void {
  if (bulkhead.queue.size > 0) {
    const [letIn] = bulkhead.queue.values();
    letIn?.();
  } else if (--bulkhead.active === 0) countInUse(bulkhead.congestion, -1, timeRun());
}
