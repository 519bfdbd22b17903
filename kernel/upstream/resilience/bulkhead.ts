import { type CallError, callError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { countInUse, countQueued } from '#kernel/base/load/congestion.ts';
import { load } from '#kernel/base/load/load.ts';
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
  /** Those who wait, by their numbers. */
  readonly queue: TransientMap<number, Waiting>;
  lastNumber: number;
}

interface Waiting {
  /** By `timeRun`. */
  readonly since: number;
  readonly enter: () => void;
}

export function createBulkhead(): Bulkhead {
  return { active: 0, queue: new TransientMap(), lastNumber: 0 };
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
  if (bulkhead.active < parallel) {
    if (++bulkhead.active === 1) countInUse(load().congestion, 1, timeRun());
    return undefined;
  }
  if (bulkhead.queue.size >= parallel * MAX_QUEUED_PER_PERMIT)
    return Promise.reject(callError('overloaded', 'queue full'));
  return new Promise((resolve, reject) => {
    const number = ++bulkhead.lastNumber;
    const end = () => {
      bulkhead.queue.delete(number, waiting);
      if (bulkhead.queue.size === 0) countQueued(load().congestion, -1, timeRun());
      timer.clear();
      stopListening();
    };
    const giveUp = (reason: CallError) => {
      end();
      reject(reason);
    };
    const since = timeRun();
    const waiting: Waiting = {
      since,
      enter() {
        end();
        resolve();
      },
    };
    bulkhead.queue.set(number, waiting);
    if (bulkhead.queue.size === 1) countQueued(load().congestion, 1, since);
    const timer = new Timeout(timeout, (late) =>
      giveUp(late.reason === 'busy' ? late : callError('overloaded', 'queued too long')),
    );
    let stopListening = () => {};
    stopListening = cancellation.onCancel(giveUp);
  });
}

/** Returns a permit: to the call that has waited longest, if there is one. */
export function leave(bulkhead: Bulkhead): void {
  const first = firstIn(bulkhead);
  if (first) first.enter();
  else if (--bulkhead.active === 0) countInUse(load().congestion, -1, timeRun());
}

/** The share of the places in the queue, or of the time that one may wait, from which a newcomer had better not wait. */
const CROWDED = { places: 0.75, time: 0.5 };

/**
 * Whether who came now would hardly get a permit in time: most places in the queue are taken, or the first in it has
 * waited for half of `timeout` already. `now` is by `timeRun`: after a stall all have waited long, and are let in soon.
 */
export function isCrowded(bulkhead: Bulkhead, parallel: number, timeout: number, now: number): boolean {
  if (bulkhead.queue.size >= parallel * MAX_QUEUED_PER_PERMIT * CROWDED.places) return true;
  const first = firstIn(bulkhead);
  return first !== undefined && now - first.since >= timeout * CROWDED.time;
}

const firstIn = ({ queue }: Bulkhead): Waiting | undefined => queue.values().next().value;
