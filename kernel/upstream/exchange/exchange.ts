import {
  type CallError,
  type CallErrorReason,
  callError,
  isIngressOutage,
  toCallError,
} from '#kernel/base/call-error.ts';
import { lostTime } from '#kernel/base/time/loop-delay.ts';
import { isolatedFor } from '#kernel/state/overrides.ts';
import type { Upstream } from '#kernel/upstream/calls/call.ts';
import { type LaneState, type UpstreamState, upstreamState } from '#kernel/upstream/lane/state.ts';
import { countExchange } from '#kernel/upstream/lane/traffic.ts';
import { acquire, type CallVerdict, settleCall } from '#kernel/upstream/resilience/breaker.ts';
import { enter, leave } from '#kernel/upstream/resilience/bulkhead.ts';
import { attempt } from './attempt.ts';
import type { CallContext, Exchange } from './call-context.ts';
import type { Client } from './client.ts';
import { retrying } from './retry.ts';

/** The way to one upstream in one lane, composed once. */
export function createExchange(upstream: Upstream, lane: LaneState, client: Client): Exchange {
  const options = { upstream, lane, state: upstreamState(lane, upstream.name) };
  // The outermost first; then the request is sent, with retries.
  const stages = [override, measure, bulkhead, breaker].map((make) => make(options));
  const send = retrying(upstream, options.state, attempt(upstream, client));
  return async (request, context) => {
    const call = staged(context);
    let entered = 0;
    let failure: CallError | undefined;
    try {
      for (; entered < stages.length; entered++) {
        const waiting = stages[entered]?.enter?.(call);
        if (waiting) await waiting;
      }
      return await send(request, context);
    } catch (thrown) {
      failure = toCallError(thrown);
      throw thrown;
    } finally {
      const now = performance.now();
      const end = { now, lost: lostTime(now), failure };
      while (entered > 0) stages[--entered]?.leave?.(call, end);
    }
  };
}

function staged(context: CallContext): StagedCall {
  const began = performance.now();
  const lostBefore = lostTime(began);
  return { context, began, lostBefore, enteredAt: began, lostAtEntry: lostBefore, epoch: 0 };
}

/** The upstream that a stage stands before, and its state in one lane. */
interface StageOptions {
  readonly upstream: Upstream;
  readonly lane: LaneState;
  readonly state: UpstreamState;
}

/** A call between the stages. Moments are monotonic; `lost` is the time that this process had lost by then, in ms. */
interface StagedCall {
  readonly context: CallContext;
  readonly began: number;
  readonly lostBefore: number;
  /** Since when it has a permit. */
  enteredAt: number;
  lostAtEntry: number;
  epoch: number;
}

interface CallEnd {
  readonly now: number;
  readonly lost: number;
  /** Undefined where it went well. */
  readonly failure: CallError | undefined;
}

interface CallStage {
  /** Lets a call in, or throws a CallError. Returns a promise only if the call has to wait. */
  enter?(call: StagedCall): Promise<void> | undefined;
  /** Runs once, at the end of each call that was let in. */
  leave?(call: StagedCall, end: CallEnd): void;
}

type MakeStage = (options: StageOptions) => CallStage;

/** Retry-After while an override holds a breaker open. Short, since it may be removed at any time. Milliseconds. */
const MAX_RETRY_AFTER = 60_000;

/** Stops a call while an operator holds the breaker open. It comes before the stages that count or wait. */
const override: MakeStage = ({ upstream, lane }) => ({
  enter({ context }) {
    const isolated = isolatedFor(lane.overrides, upstream.name);
    if (isolated === undefined) return undefined;
    context.wire.isolated = true;
    throw callError('open', 'held open by an override', { retryAfter: Math.min(isolated, MAX_RETRY_AFTER) });
  },
});

/** Counts the calls of the upstream and how they ended. Time that this process lost is not part of a duration. */
const measure: MakeStage = ({ state }) => ({
  leave({ context: { wire }, began, lostBefore }, { now, lost: lostUntilNow, failure }) {
    const lost = lostUntilNow - lostBefore;
    if (lost >= 1) wire.lost = lost;
    const sent = failure === undefined || wire.attempts > 0;
    countExchange(state.traffic, now, sent ? now - began - lost : undefined, failure?.reason);
  },
});

/** The share of its timeout that a call may wait for a permit; the rest is for the exchange itself. */
const QUEUE_SHARE = 0.5;

/** Lets so many calls through at once; the others wait for a while. */
const bulkhead: MakeStage = ({ upstream, state }) => ({
  enter(call) {
    const { cancellation, deadlineScale, wire } = call.context;
    const permit = enter(
      state.bulkhead,
      upstream.parallel,
      cancellation,
      upstream.timeout * QUEUE_SHARE * deadlineScale,
    );
    return permit?.then(() => {
      call.enteredAt = performance.now();
      call.lostAtEntry = lostTime(call.enteredAt);
      wire.queue += call.enteredAt - call.began;
    });
  },
  leave: () => leave(state.bulkhead),
});

/** The share of its timeout that an upstream must have had to be blamed for it. */
const FAIR_SHARE = 0.75;

/** Stops calls to an upstream that has failed too often, and counts how the others end. */
const breaker: MakeStage = ({ upstream, state }) => ({
  enter(call) {
    call.epoch = acquire(state.breaker, call.enteredAt);
    return undefined;
  },
  leave({ context, enteredAt, lostAtEntry, epoch }, { now, lost, failure }) {
    const had = now - enteredAt - (lost - lostAtEntry);
    const fair = had >= upstream.timeout * FAIR_SHARE * context.deadlineScale;
    const verdict = failure === undefined ? 'success' : verdictOn(failure, fair);
    settleCall(state.breaker, epoch, verdict, now, Math.random());
  },
});

const NOT_THEIRS: ReadonlySet<CallErrorReason> = new Set(['aborted', 'overloaded', 'busy', 'internal']);

/**
 * Only the upstream's own failures count against it: a timeout only if our queue left it a `fair` share of the time.
 * Any other answer, a 404 too, shows that it is alive.
 */
function verdictOn(failure: CallError, fair: boolean): CallVerdict {
  const { reason, status } = failure;
  if (reason === 'timeout') return fair ? 'failure' : 'neither';
  if (failure.fromIntermediary) return isIngressOutage(failure) ? 'failure' : 'neither';
  if (reason === 'unavailable' && (status === undefined || status >= 500 || status < 400)) return 'failure';
  if (NOT_THEIRS.has(reason) || status === 429) return 'neither';
  return 'success';
}
