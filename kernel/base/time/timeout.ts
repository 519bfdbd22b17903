import { type CallError, callError } from '#kernel/base/call-error.ts';
import { extendsTimeouts, lostTime, unwatchLoop, watchLoop } from './loop-delay.ts';

/** A moment on the monotonic clock (`performance.now()`), in milliseconds. */
export type Deadline = number;

/** The share of a deadline that is left for rendering and writing the answer. */
const RENDERING_SHARE = 0.1;

export function deadlineIn(milliseconds: number, now: number = performance.now()): Deadline {
  return now + milliseconds;
}

/** The deadline for the work inside: 90 % of what is left, so that time remains to answer. */
export function innerDeadline(outer: Deadline, now: number = performance.now()): Deadline {
  return now + Math.max(0, outer - now) * (1 - RENDERING_SHARE);
}

/** The milliseconds left, as an integer, never negative. */
export function remaining(deadline: Deadline, now: number = performance.now()): number {
  return Math.max(0, Math.floor(deadline - now));
}

/** A client's `x-deadline-ms` may only shorten what the contract declares; anything else is ignored. */
export function shortened(declared: number, header: string | undefined): number {
  if (header === undefined || !/^\d{1,7}$/.test(header)) return declared;
  return Math.min(declared, Number(header));
}

/** The share of a timeout that this process must have lost itself before the upstream is excused. */
const EXCUSED = 0.5;
/** How often a timeout is put off where lost time is forgiven. */
const MAX_DELAYS = 10;

/**
 * The milliseconds that this process has lost itself since a moment, rounded; undefined if less than half of the time.
 */
export function lostSince(began: number, lostBefore: number, now: number): number | undefined {
  const lost = Math.round(lostTime(now) - lostBefore);
  return lost > 0 && lost >= EXCUSED * (now - began) ? lost : undefined;
}

export const busyError = (lost: number): CallError =>
  callError('busy', `this process was busy for ${lost} ms`, { lost });

/**
 * A timeout that does not blame an upstream for our own slowness. Timers that are due run before sockets are read
 * (libuv's order), so after a stall an answer may already be in a socket: the sockets are read once before the timeout
 * is judged. It expires with a `timeout` error, or with `busy` if this process lost half of the time itself. In
 * development it is extended by the lost time instead, since code is compiled during the request.
 */
export class Timeout {
  readonly #milliseconds: number;
  readonly #expire: (late: CallError) => void;
  #began = performance.now();
  #lostBefore = lostTime(this.#began);
  #timer: NodeJS.Timeout;
  #immediate: NodeJS.Immediate | undefined;
  #delays = 0;
  #over = false;

  constructor(milliseconds: number, expire: (late: CallError) => void) {
    this.#milliseconds = milliseconds;
    this.#expire = expire;
    watchLoop();
    this.#timer = this.#wait(milliseconds);
  }

  clear(): void {
    if (this.#over) return;
    this.#over = true;
    unwatchLoop();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #wait(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#immediate = setImmediate(() => this.#judge());
    }, milliseconds);
  }

  #judge(): void {
    const now = performance.now();
    const lost = lostSince(this.#began, this.#lostBefore, now);
    if (lost !== undefined && extendsTimeouts() && this.#delays++ < MAX_DELAYS) {
      this.#began = now;
      this.#lostBefore += lost;
      this.#timer = this.#wait(lost);
      return;
    }
    this.clear();
    this.#expire(
      lost === undefined ? callError('timeout', `no answer in ${Math.round(this.#milliseconds)} ms`) : busyError(lost),
    );
  }
}
