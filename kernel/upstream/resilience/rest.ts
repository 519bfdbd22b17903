import { type CallError, callError } from '#kernel/base/call-error.ts';

/** An upstream that asks for a longer pause is asked again after this. Milliseconds. */
export const MAX_REST = 5 * 60_000;
const MAX_RESTS = 1_000;

/** Until when an upstream wants no calls, monotonic, by call and by principal. */
export type Rests = Map<string, number>;

/** The error of a call whose upstream wants no calls yet; undefined if it may go. */
export function restOf(rests: Rests, call: string, now: number): CallError | undefined {
  const until = rests.get(call);
  if (until === undefined) return undefined;
  if (until > now)
    return callError('unavailable', 'not yet to be asked again', { retryAfter: until - now, unsent: true });
  rests.delete(call);
  return undefined;
}

/** Whether an answer was a 429 or 503 that says when to come back. */
export const asksForRest = ({ status, retryAfter = 0 }: CallError): boolean =>
  (status === 429 || status === 503) && retryAfter > 0;

/** Takes note of an answer that asks for a rest. */
export function noteRest(rests: Rests, call: string, { retryAfter = 0 }: CallError, now: number): void {
  rests.delete(call);
  rests.set(call, now + Math.min(retryAfter, MAX_REST));
  const [oldest] = rests.keys();
  if (rests.size > MAX_RESTS && oldest !== undefined) rests.delete(oldest);
}
