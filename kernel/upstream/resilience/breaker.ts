import { callError } from '#kernel/base/call-error.ts';
import { count, createWindow, totals, type Window } from '#kernel/base/time/window.ts';

const CONSECUTIVE = 5;
const MINIMUM = 20;
const SHARE = 0.5;
const FIRST_PAUSE = 2_000;
/** After its slow start, a recovered upstream has its full traffic within 10 s. */
const MAX_PAUSE = 4_000;
/** A slow start ends after so long, or once so many calls may be under way at once. */
const SLOW_START = 3_000;
const WIDE = 64;
/** So many calls at once find out whether an upstream is well again, where those before told nothing. */
const MAX_PROBES = 4;
/** So many failures in a row end a slow start that had begun well. */
const RELAPSE = 3;
/** When a call that was refused in a slow start may be retried. */
const SOON = 500;

/** The breaker of one upstream in one lane. Plain data; moments are monotonic milliseconds. */
export interface Breaker {
  state: 'closed' | 'open' | 'half-open';
  consecutive: number;
  /** Failures and successes of the last ten seconds. */
  readonly window: Window;
  openUntil: number;
  /** When it opened, having been closed. */
  openedAt: number;
  /** How often it opened without closing in between. */
  openings: number;
  /** Half-open: how many calls may be under way at once, and how many are. */
  permitted: number;
  underWay: number;
  /** When the first call of the slow start went well; undefined before that. */
  wellSince: number | undefined;
  /** Counts the changes of state: results of calls from an earlier epoch are ignored. */
  epoch: number;
}

/**
 * How a call ended. `neither` is for clients that left, the caller's own mistakes, and time that this process has lost
 * itself.
 */
export type CallVerdict = 'success' | 'failure' | 'neither';

export function createBreaker(): Breaker {
  return {
    state: 'closed',
    consecutive: 0,
    window: createWindow(),
    openUntil: 0,
    openedAt: 0,
    openings: 0,
    permitted: 1,
    underWay: 0,
    wellSince: undefined,
    epoch: 0,
  };
}

/**
 * Lets a call through, or throws an `open` error that says when to come back. Every epoch returned needs a
 * `settleCall`.
 */
export function acquire(breaker: Breaker, now: number): number {
  if (breaker.state === 'open') {
    if (now < breaker.openUntil) {
      throw callError('open', 'breaker open', { retryAfter: breaker.openUntil - now });
    }
    beginSlowStart(breaker);
  }
  if (breaker.state === 'half-open') {
    if (hasEnded(breaker, now)) close(breaker);
    else {
      if (breaker.underWay >= breaker.permitted)
        throw callError('open', 'breaker in its slow start', { retryAfter: SOON });
      breaker.underWay++;
    }
  }
  return breaker.epoch;
}

/** Reports how a call ended. `random` in [0, 1) spreads the pauses of many processes. */
export function settleCall(breaker: Breaker, epoch: number, verdict: CallVerdict, now: number, random: number): void {
  if (epoch !== breaker.epoch) return;
  if (breaker.state === 'half-open') breaker.underWay--;
  if (verdict === 'neither') {
    if (breaker.state === 'half-open') probeMore(breaker);
    return;
  }
  breaker.consecutive = verdict === 'failure' ? breaker.consecutive + 1 : 0;
  if (breaker.state === 'half-open') {
    if (verdict === 'success') widen(breaker, now);
    else if (breaker.wellSince === undefined || breaker.consecutive >= RELAPSE) open(breaker, now, random);
    else breaker.permitted = Math.max(1, breaker.permitted >> 1);
    return;
  }
  count(breaker.window, verdict === 'failure' ? 'first' : 'second', now);
  if (verdict === 'success') return;
  const { first: failures, second: successes } = totals(breaker.window, now);
  const tooMany = failures + successes >= MINIMUM && failures >= SHARE * (failures + successes);
  if (breaker.consecutive >= CONSECUTIVE || tooMany) open(breaker, now, random);
}

/** Open for 2 s, doubled to 4 s, with equal jitter: between half of the pause and all of it. */
function open(breaker: Breaker, now: number, random: number): void {
  const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** breaker.openings);
  breaker.state = 'open';
  breaker.epoch++;
  if (breaker.openings === 0) breaker.openedAt = now;
  breaker.openings++;
  breaker.openUntil = now + pause / 2 + (pause / 2) * random;
}

/** One call at first, and with each that goes well one more at once: twice as many a round trip, as TCP starts (RFC 5681 §3.1). */
function beginSlowStart(breaker: Breaker): void {
  breaker.state = 'half-open';
  breaker.epoch++;
  breaker.consecutive = 0;
  breaker.permitted = 1;
  breaker.underWay = 0;
  breaker.wellSince = undefined;
}

/** Where no probe has told anything yet, several at once are sooner sure to. */
function probeMore(breaker: Breaker): void {
  if (breaker.wellSince === undefined) breaker.permitted = Math.min(MAX_PROBES, breaker.permitted * 2);
}

function widen(breaker: Breaker, now: number): void {
  breaker.wellSince ??= now;
  breaker.permitted++;
  if (breaker.permitted >= WIDE || hasEnded(breaker, now)) close(breaker);
}

const hasEnded = ({ wellSince }: Breaker, now: number) => wellSince !== undefined && now - wellSince >= SLOW_START;

function close(breaker: Breaker): void {
  Object.assign(breaker, createBreaker(), { epoch: breaker.epoch + 1 });
}
