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
