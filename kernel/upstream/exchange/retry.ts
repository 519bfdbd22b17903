import { type CallError, isIngressOutage, toCallError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { observe } from '#kernel/base/time/histogram.ts';
import { isLoopBusy } from '#kernel/base/time/loop-delay.ts';
import { count, totals, type Window } from '#kernel/base/time/window.ts';
import { dateOf } from '#kernel/cache/upstream-freshness.ts';
import type { AttemptTrace } from '#kernel/telemetry/trace.ts';
import { maxAttempts, type Upstream, type WireRequest } from '#kernel/upstream/calls/call.ts';
import type { UpstreamState } from '#kernel/upstream/lane/state.ts';
import type { Exchange } from './call-context.ts';

/** Repeats a call whose failure may pass, within the budget and the deadline. */
export const retrying =
  (upstream: Upstream, { budget, attempts }: UpstreamState, next: Exchange): Exchange =>
  async (request, context) => {
    const { wire, cancellation, deadline } = context;
    const max = maxAttempts(upstream, request);
    for (let attempt = 1; ; attempt++) {
      wire.attempts = attempt;
      const sentAt = performance.now();
      if (attempt === 1) deposit(budget, sentAt);
      const attempted: AttemptTrace = { at: sentAt - wire.began, took: 0, outcome: '' };
      wire.tries.push(attempted);
      try {
        const decoded = await next(request, context);
        conclude(attempted, sentAt, String(wire.status));
        observe(attempts, attempted.took);
        return decoded;
      } catch (thrown) {
        const failure = toCallError(thrown);
        conclude(attempted, sentAt, failure.status === undefined ? failure.reason : String(failure.status));
        if (failure.reason !== 'aborted') observe(attempts, attempted.took);
        if (attempt >= max || cancellation.reason || !mayRetry(request, failure)) throw failure;
        const pause = pauseBefore(attempt, failure, Math.random());
        const now = performance.now();
        if (now + pause >= deadline || !affords(failure, budget, now)) throw failure;
        await sleep(pause, cancellation);
      }
    }
  };

function conclude(attempted: AttemptTrace, sentAt: number, outcome: string): void {
  attempted.took = performance.now() - sentAt;
  attempted.outcome = outcome;
}

/**
 * Time that this process lost itself is no failure of the upstream, and costs nothing of the budget; but while it is
 * busy, a retry would hurt.
 */
function affords({ reason }: CallError, budget: Window, now: number): boolean {
  return reason === 'busy' ? !isLoopBusy() : withdraw(budget, now);
}

function sleep(milliseconds: number, cancellation: Cancellation): Promise<void> {
  if (cancellation.reason) return Promise.reject(cancellation.reason);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopListening();
      resolve();
    }, milliseconds);
    const stopListening = cancellation.onCancel((reason) => {
      clearTimeout(timer);
      reject(reason);
    });
  });
}

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
