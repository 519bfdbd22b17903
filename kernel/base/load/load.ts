import { processSingleton } from '#kernel/base/registry.ts';
import {
  LOOP_DELAY_TARGET,
  lastDelay,
  loopDelay,
  timeRun,
  unwatchLoop,
  watchLoop,
} from '#kernel/base/time/loop-delay.ts';
import { count, createWindow, SECONDS, totals, type Window } from '#kernel/base/time/window.ts';
import { adapt, boundBacklog, type ConcurrencyLimit, createConcurrencyLimit } from './concurrency-limit.ts';
import { type Congestion, createCongestion, isCongested } from './congestion.ts';

/** Which requests are refused first, second and last under overload. */
export const LOAD_CLASSES = ['anonymous', 'personal', 'write'] as const;
export type LoadClass = (typeof LOAD_CLASSES)[number];

/** The share of the limit up to which a class is admitted. */
const SHARES: Readonly<Record<LoadClass, number>> = { anonymous: 0.8, personal: 0.9, write: 1 };
/** From this share on a process that is behind with its work leaves optional sections out. */
const OPTIONAL_SHARE = 0.5;
/** A loop that is late by so many targets takes less on: before that, optional sections are left out. */
const TOO_LATE = 2.5;
/** A loop that is late by so many targets stood still. */
const STOOD_STILL = 5;

/** How the requests of one class were decided since the process began. */
interface LoadCounts {
  admitted: number;
  refused: number;
}

/** The work that this process has taken on. Cached answers are none. */
export interface Load {
  readonly limit: ConcurrencyLimit;
  readonly congestion: Congestion;
  /** How late the event loop may be before it counts as behind, in milliseconds. */
  target: number;
  underWay: number;
  /** Optional sections left out since the process began. */
  leftOut: number;
  readonly counts: Readonly<Record<LoadClass, LoadCounts>>;
  /** Requests taken on and refused in the last ten seconds. */
  readonly window: Window;
}

export const load = (): Load =>
  processSingleton('load', () => ({
    limit: createConcurrencyLimit(),
    congestion: createCongestion(),
    target: LOOP_DELAY_TARGET,
    underWay: 0,
    leftOut: 0,
    counts: {
      anonymous: { admitted: 0, refused: 0 },
      personal: { admitted: 0, refused: 0 },
      write: { admitted: 0, refused: 0 },
    },
    window: createWindow(),
  }));

/** Where every deadline is longer, more lateness can be borne before work is refused for it. */
export function scaleLoadTarget(deadlineScale: number): void {
  load().target = LOOP_DELAY_TARGET * deadlineScale;
}

/** Takes a request on, to be ended by `finishWork`; false if it must be refused, to be counted by `countRefusal`. */
export function admitWork(loadClass: LoadClass, now: number = performance.now()): boolean {
  const state = load();
  adapt(state.limit, state.underWay, lateness, TOO_LATE * state.target, now);
  if (lastDelay() > STOOD_STILL * state.target) boundBacklog(state.limit, totals(state.window, now).first / SECONDS);
  if (state.underWay >= state.limit.limit * SHARES[loadClass]) return false;
  state.underWay++;
  state.counts[loadClass].admitted++;
  count(state.window, 'first', now);
  watchLoop();
  return true;
}

/** How late the event loop is, in milliseconds; where calls wait at most upstreams, the limit falls as fast as it may. */
const lateness = (): number => (isCongested(load().congestion, timeRun()) ? Number.POSITIVE_INFINITY : loopDelay());

export function finishWork(): void {
  load().underWay--;
  unwatchLoop();
}

export function countRefusal(loadClass: LoadClass): void {
  const state = load();
  state.counts[loadClass].refused++;
  count(state.window, 'second', performance.now());
}

/** The share of the last ten seconds' requests that were refused for the load, 0 to 1; and how many there were. */
export function refusedShare(now: number): { readonly share: number; readonly of: number } {
  const { first: admitted, second: refused } = totals(load().window, now);
  const of = admitted + refused;
  return { share: of === 0 ? 0 : refused / of, of };
}

/** Whether an optional section that nothing cached can serve has to be left out. */
export function leavesOutOptional(): boolean {
  const { underWay, limit, target } = load();
  return underWay >= limit.limit * OPTIONAL_SHARE && loopDelay() > target;
}
