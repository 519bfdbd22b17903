import { type CallError, isIngressOutage } from '#kernel/base/call-error.ts';
import { count, totals, type Window } from '#kernel/base/time/window.ts';
import { dateOf } from '#kernel/cache/upstream-freshness.ts';
import type { WireRequest } from '#kernel/upstream/calls/call.ts';

const SHARE = 0.2;
/** Retries that ten seconds always have, so that quiet upstreams can be tried again at all. */
const FLOOR = 10;
const BASE = 50;
const CAP = 1_000;
const AGAIN = new Set([502, 503, 504]);

/** Whether the failure of this request may be cured by sending it once more. */
export function mayRetry(request: WireRequest, failure: CallError): boolean {
  if (!request.isRead) return false;
  if (failure.reason === 'timeout' || failure.reason === 'busy') return true;
  if (failure.reason !== 'unavailable') return false;
  if (failure.fromIntermediary) return isIngressOutage(failure);
  if (failure.status === 429) return failure.retryAfter !== undefined;
  return failure.status === undefined || AGAIN.has(failure.status);
}

/** The pause before the next attempt: what the upstream asked for, else full jitter over a doubling cap. */
export function pauseBefore(retry: number, failure: CallError, random: number): number {
  return failure.retryAfter ?? random * Math.min(CAP, BASE * 2 ** (retry - 1));
}

/** Takes one retry out of the budget: 20 % of the requests of the last ten seconds, and a small floor. */
export function withdraw(budget: Window, now: number): boolean {
  if (retriesLeft(budget, now) <= 0) return false;
  count(budget, 'second', now);
  return true;
}

/** How many retries the budget still has. */
export function retriesLeft(budget: Window, now: number): number {
  const { first: requests, second: retries } = totals(budget, now);
  return Math.max(0, Math.ceil(FLOOR + SHARE * requests - retries));
}

/** Counts a first attempt, which is what the budget is a share of. */
export function deposit(budget: Window, now: number): void {
  count(budget, 'first', now);
}

/** `Retry-After` in milliseconds, from seconds or an HTTP date (RFC 9110 §10.2.3); undefined where it is neither. */
export function retryAfterOf(header: string | undefined, wallClock: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = dateOf(text);
  return date === undefined ? undefined : Math.max(0, date - wallClock);
}
