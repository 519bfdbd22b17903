import { fault } from '#kernel/base/fault.ts';
import { count, createWindow, totals, type Window } from '#kernel/base/window.ts';

const CONSECUTIVE = 5;
const MINIMUM = 20;
const SHARE = 0.5;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 60_000;
/** After one good probe this many may go at once; when they are good too, the breaker closes. */
const SECOND_PROBES = 3;

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
  probing: number;
  probed: number;
  /** Counts the changes of state: a call that was let through before one says nothing about what came after. */
  era: number;
}

/** What became of a call that was let through. `neither` is for departed clients and the caller's own mistakes. */
export type Verdict = 'success' | 'failure' | 'neither';

export function createBreaker(): Breaker {
  return {
    state: 'closed',
    consecutive: 0,
    window: createWindow(),
    openUntil: 0,
    openedAt: 0,
    openings: 0,
    probing: 0,
    probed: 0,
    era: 0,
  };
}

/** Lets a call through, or throws an `open` fault that says when to come back. Every era returned wants a `settle`. */
export function admit(breaker: Breaker, now: number): number {
  if (breaker.state === 'closed') return breaker.era;
  if (breaker.state === 'open') {
    if (now < breaker.openUntil) {
      throw fault('open', 'breaker open', { retryAfter: breaker.openUntil - now });
    }
    breaker.state = 'half-open';
    breaker.era++;
    breaker.probing = 0;
    breaker.probed = 0;
  }
  const permitted = breaker.probed === 0 ? 1 : SECOND_PROBES;
  if (breaker.probing >= permitted) throw fault('open', 'breaker probing', { retryAfter: 1_000 });
  breaker.probing++;
  return breaker.era;
}

/** Tells the breaker how an admitted call ended. `random` in [0, 1) spreads the pauses of many processes. */
export function settle(breaker: Breaker, era: number, verdict: Verdict, now: number, random: number): void {
  if (era !== breaker.era) return;
  if (breaker.state === 'half-open') {
    breaker.probing--;
    if (verdict === 'failure') open(breaker, now, random);
    if (verdict === 'success' && ++breaker.probed > SECOND_PROBES) close(breaker);
    return;
  }
  if (verdict === 'neither') return;
  count(breaker.window, verdict === 'failure' ? 'first' : 'second', now);
  breaker.consecutive = verdict === 'failure' ? breaker.consecutive + 1 : 0;
  if (verdict === 'success') return;
  const { first: failures, second: successes } = totals(breaker.window, now);
  const tooMany = failures + successes >= MINIMUM && failures >= SHARE * (failures + successes);
  if (breaker.consecutive >= CONSECUTIVE || tooMany) open(breaker, now, random);
}

/** Open for 5 s, doubling to 60 s, with equal jitter: between half of the pause and the whole. */
function open(breaker: Breaker, now: number, random: number): void {
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** breaker.openings);
  breaker.state = 'open';
  breaker.era++;
  if (breaker.openings === 0) breaker.openedAt = now;
  breaker.openings++;
  breaker.openUntil = now + pause / 2 + (pause / 2) * random;
}

function close(breaker: Breaker): void {
  Object.assign(breaker, createBreaker(), { era: breaker.era + 1 });
}
