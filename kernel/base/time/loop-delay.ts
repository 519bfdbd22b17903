import { processSingleton } from '#kernel/base/registry.ts';
import { count, createWindow, totals, type Window } from './window.ts';

/** How often the event loop is asked whether it runs, in milliseconds. */
const BEAT = 10;
/** A loop that is busy and well is late by as much; only what goes beyond it is lost. A neighbour takes 10 to 20 ms at a time. */
const TOLERANCE = 5;
const RECENT = 16;

/** How late the event loop of this process runs. Plain data; moments are monotonic milliseconds. */
interface LoopDelay {
  /** Milliseconds in which what was due could not run, since the process began. */
  lost: number;
  /** Of that, what the last ten seconds have lost. */
  readonly window: Window;
  /** When the beat that is under way is due. */
  due: number;
  beating: boolean;
  /** Since when the loop has had no watchers, if it has none. */
  restingSince: number;
  watchers: number;
  /** How late the last beats were, the newest over the oldest. */
  readonly delays: number[];
  beats: number;
  /** Whether timeouts are put off by what was lost: in development, where code is compiled while it is waited for. */
  extendsTimeouts: boolean;
}

const loopDelayState = (): LoopDelay =>
  processSingleton('loop delay', () => ({
    lost: 0,
    window: createWindow(),
    due: 0,
    beating: false,
    restingSince: performance.now(),
    watchers: 0,
    delays: new Array(RECENT).fill(0),
    beats: 0,
    extendsTimeouts: false,
  }));

/** Watches the loop until as many `unwatchLoop` were called: while nothing is under way, no timer runs. */
export function watchLoop(): void {
  const loop = loopDelayState();
  loop.watchers++;
  if (loop.beating) return;
  rest(loop, performance.now());
  loop.beating = true;
  expectBeat(loop);
}

export function unwatchLoop(): void {
  loopDelayState().watchers--;
}

/**
 * Milliseconds that this process has lost so far, while it was watched: to a long computation, a collection, a
 * neighbour that has the cores, a container that was stopped. The difference of two readings is the time lost between
 * them. An overdue beat counts already, so that a timer that comes as late as the beat itself is judged right.
 */
export function lostTime(now: number = performance.now()): number {
  const { lost, beating, due } = loopDelayState();
  return beating ? lost + Math.max(0, now - due - TOLERANCE) : lost;
}

/** Monotonic milliseconds without those that this process has lost itself. */
export const timeRun = (now: number = performance.now()): number => now - lostTime(now);

/** Lets every timeout of this process be put off by the time that it loses itself. */
export function extendTimeoutsByLostTime(): void {
  loopDelayState().extendsTimeouts = true;
}

export const extendsTimeouts = (): boolean => loopDelayState().extendsTimeouts;

/** The share of the last ten seconds that this process has lost, 0 to 1. */
export const lostShare = (now: number): number => Math.min(1, totals(loopDelayState().window, now).first / 10_000);

/** How late the loop may be before it counts as behind, in milliseconds. */
export const LOOP_DELAY_TARGET = 20;

export const isLoopBusy = (): boolean => loopDelay() > LOOP_DELAY_TARGET;

/** How late the loop has been of late, in milliseconds: the median of the last beats, so that one collection is no load. */
export function loopDelay(): number {
  const loop = loopDelayState();
  if (!loop.beating) rest(loop, performance.now());
  return loop.delays.toSorted((a, b) => a - b)[RECENT >> 1] ?? 0;
}

/** How late the loop was at its last beat, in milliseconds. */
export function lastDelay(): number {
  const { beating, beats, delays } = loopDelayState();
  return beating ? (delays[(beats + RECENT - 1) % RECENT] ?? 0) : 0;
}

/** A loop without watchers had nothing to do: it counts as on time, and earlier delays are forgotten. */
function rest(loop: LoopDelay, now: number): void {
  const beats = Math.floor((now - loop.restingSince) / BEAT);
  for (let beat = 0; beat < Math.min(beats, RECENT); beat++) loop.delays[loop.beats++ % RECENT] = 0;
  loop.restingSince += beats * BEAT;
}

function expectBeat(loop: LoopDelay): void {
  loop.due = performance.now() + BEAT;
  setTimeout(beat, BEAT, loop).unref();
}

function beat(loop: LoopDelay): void {
  const now = performance.now();
  const delay = Math.max(0, now - loop.due);
  const lost = Math.max(0, delay - TOLERANCE);
  loop.lost += lost;
  count(loop.window, 'first', now, lost);
  loop.delays[loop.beats++ % RECENT] = delay;
  if (loop.watchers > 0) expectBeat(loop);
  else {
    loop.beating = false;
    loop.restingSince = now;
  }
}
