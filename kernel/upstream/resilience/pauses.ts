import { type CallError, callError } from '#kernel/base/call-error.ts';

/** An upstream that asks for a longer pause is asked again after this. Milliseconds. */
export const MAX_PAUSE_MS = 5 * 60_000;
const MAX_PAUSES = 1_000;

/** Until when an upstream wants no calls, monotonic, by call and by principal. */
export type Pauses = Map<string, number>;

/** The error of a call whose upstream wants no calls yet; undefined if it may go. */
export function pauseOf(pauses: Pauses, call: string, now: number): CallError | undefined {
  const until = pauses.get(call);
  if (until === undefined) return undefined;
  if (until > now)
    return callError('unavailable', 'not yet to be asked again', { retryAfter: until - now, unsent: true });
  pauses.delete(call);
  return undefined;
}

/** Whether an answer was a 429 or 503 that says when to come back. */
export const asksForPause = ({ status, retryAfter = 0 }: CallError): boolean =>
  (status === 429 || status === 503) && retryAfter > 0;

/** Takes note of an answer that asks for a rest. */
export function notePause(pauses: Pauses, call: string, { retryAfter = 0 }: CallError, now: number): void {
  pauses.delete(call);
  pauses.set(call, now + Math.min(retryAfter, MAX_PAUSE_MS));
  const [oldest] = pauses.keys();
  if (pauses.size > MAX_PAUSES && oldest !== undefined) pauses.delete(oldest);
}
