import {
  type CallError,
  type CallErrorReason,
  callError,
  isIngressOutage,
  toCallError,
} from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { observe } from '#kernel/base/time/histogram.ts';
import { isLoopBusy, lostTime } from '#kernel/base/time/loop-delay.ts';
import type { Window } from '#kernel/base/time/window.ts';
import { isolatedFor } from '#kernel/state/overrides.ts';
import type { AttemptTrace } from '#kernel/telemetry/trace.ts';
import { maxAttempts, type Upstream } from '#kernel/upstream/calls/call.ts';
import type { LaneState, UpstreamState } from '#kernel/upstream/lane/state.ts';
import { countExchange } from '#kernel/upstream/lane/traffic.ts';
import { acquire, type CallVerdict, settleCall } from '#kernel/upstream/resilience/breaker.ts';
import { enter, leave } from '#kernel/upstream/resilience/bulkhead.ts';
import { deposit, mayRetry, pauseBefore, withdraw } from '#kernel/upstream/resilience/retry.ts';
import type { Exchange } from './call-context.ts';

/** The upstream that a stage stands before, and its state in one lane. */
export interface StageOptions {
  readonly upstream: Upstream;
  readonly lane: LaneState;
  readonly state: UpstreamState;
}

/** One stage of a call, around the next. */
export type CallStage = (options: StageOptions, next: Exchange) => Exchange;

/** An override may be removed at any time: clients are not told to stay away until it ends. Milliseconds. */
const MAX_RETRY_AFTER = 60_000;

/** Stops a call that an operator holds back: it says nothing of the upstream, and must not be counted or wait. */
export const override: CallStage =
  ({ upstream, lane }, next) =>
  (request, context) => {
    const isolated = isolatedFor(lane.overrides, upstream.name);
    if (isolated === undefined) return next(request, context);
    context.wire.isolated = true;
    const retryAfter = Math.min(isolated, MAX_RETRY_AFTER);
    return Promise.reject(callError('open', 'held open by an override', { retryAfter }));
  };

/** Counts what the upstream was asked and how it went. Time that this process lost is not part of its duration. */
export const measure: CallStage =
  ({ state }, next) =>
  async (request, context) => {
    const began = performance.now();
    const lostBefore = lostTime(began);
    let reason: CallErrorReason | undefined;
    try {
      return await next(request, context);
    } catch (thrown) {
      reason = toCallError(thrown).reason;
      throw thrown;
    } finally {
      const now = performance.now();
      const lost = lostTime(now) - lostBefore;
      if (lost >= 1) context.wire.lost = lost;
      const sent = reason === undefined || context.wire.attempts > 0;
      countExchange(state.traffic, now, sent ? now - began - lost : undefined, reason);
    }
  };

/** The share of its timeout that a call may wait for a permit; the rest is for the exchange itself. */
const QUEUE_SHARE = 0.5;

/** Lets so many calls at once through, and the others wait for a while. */
export const bulkhead: CallStage =
  ({ upstream, state }, next) =>
  async (request, context) => {
    const { cancellation, deadlineScale, wire } = context;
    const queuedAt = performance.now();
    const wait = upstream.timeout * QUEUE_SHARE * deadlineScale;
    const permit = enter(state.bulkhead, upstream.parallel, cancellation, wait);
    if (permit) await permit;
    wire.queue += performance.now() - queuedAt;
    try {
      return await next(request, context);
    } finally {
      leave(state.bulkhead);
    }
  };

/** The share of its timeout that an upstream must have had to be blamed for it. */
const FAIR_SHARE = 0.75;

/** Stops calls to an upstream that has failed too often, and tells it of what becomes of the others. */
export const breaker: CallStage =
  ({ upstream, state }, next) =>
  async (request, context) => {
    const began = performance.now();
    const lostBefore = lostTime(began);
    const epoch = acquire(state.breaker, began);
    let verdict: CallVerdict = 'neither';
    try {
      const decoded = await next(request, context);
      verdict = 'success';
      return decoded;
    } catch (thrown) {
      const now = performance.now();
      const had = now - began - (lostTime(now) - lostBefore);
      const fair = had >= upstream.timeout * FAIR_SHARE * context.deadlineScale;
      verdict = verdictOn(toCallError(thrown), fair);
      throw thrown;
    } finally {
      settleCall(state.breaker, epoch, verdict, performance.now(), Math.random());
    }
  };

const NOT_THEIRS: ReadonlySet<CallErrorReason> = new Set(['aborted', 'overloaded', 'busy', 'internal']);

/**
 * Only what the upstream did wrong counts against it: a timeout if it had a `fair` share of its time, and did not lose it to
 * our queue. Whatever else it answered, a 404 as well, shows that it lives.
 */
function verdictOn(failure: CallError, fair: boolean): CallVerdict {
  const { reason, status } = failure;
  if (reason === 'timeout') return fair ? 'failure' : 'neither';
  if (failure.fromIntermediary) return isIngressOutage(failure) ? 'failure' : 'neither';
  if (reason === 'unavailable' && (status === undefined || status >= 500 || status < 400)) return 'failure';
  if (NOT_THEIRS.has(reason) || status === 429) return 'neither';
  return 'success';
}

/** Tries again what may be cured by it, within the budget and the deadline. */
export const retry: CallStage =
  ({ upstream, state: { budget, attempts } }, next) =>
  async (request, context) => {
    const { wire, cancellation, deadline } = context;
    deposit(budget, performance.now());
    const max = maxAttempts(upstream, request);
    for (let attempt = 1; ; attempt++) {
      wire.attempts = attempt;
      const sentAt = performance.now();
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
