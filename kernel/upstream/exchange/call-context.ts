import type { Cancellation } from '#kernel/base/cancellation.ts';
import type { Scope } from '#kernel/base/scope.ts';
import type { Deadline } from '#kernel/base/time/timeout.ts';
import type { Condition } from '#kernel/cache/entry.ts';
import type { Fields } from '#kernel/cache/upstream-freshness.ts';
import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import type { WireTrace } from '#kernel/telemetry/trace.ts';
import type { WireRequest } from '#kernel/upstream/calls/call.ts';
import type { LaneState } from '#kernel/upstream/lane/state.ts';
import type { Decoded } from './decode.ts';

/** One request to an upstream, and its answer as JSON. Throws only CallErrors. */
export type Exchange = (request: WireRequest, context: CallContext) => Promise<Decoded>;

/** Filled by the last attempt, whatever its status. */
export interface AnswerHead {
  fields: Fields | undefined;
}

/** A cached value, and how its upstream is asked whether it is still current. */
export interface Revalidation {
  readonly value: unknown;
  /** Bytes of the answer that it came from, decoded. */
  readonly size: number;
  readonly condition: Condition;
  /** The answer as masked JSON, where requests are captured. */
  readonly answer: string | undefined;
}

/** The context of one call: its principal, and how its exchange goes out. */
export interface CallContext {
  /** The way to its upstream, through all stages. */
  readonly exchange: Exchange;
  readonly lane: LaneState;
  readonly scope: Scope;
  /** Flat headers that every request of this lane and principal carries. */
  readonly headers: readonly string[];
  /** Set if the call carries a token, the user's or ours: gives the headers with a new token, if there is one. */
  readonly renewed?: () => Promise<readonly string[] | undefined>;
  readonly trace: TraceContext;
  readonly deadline: Deadline;
  /** What deadlines, and the wait for a permit, are multiplied by. */
  readonly deadlineScale: number;
  readonly cancellation: Cancellation;
  readonly wire: WireTrace;
  /** The header of the answer, once it is in. */
  readonly head: AnswerHead;
  /** The cached value: its upstream is asked only whether it is still current. */
  readonly revalidation?: Revalidation | undefined;
}
