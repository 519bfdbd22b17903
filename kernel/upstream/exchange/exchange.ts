import { type CallError, type CallErrorReason, callError, toCallError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import type { Scope } from '#kernel/base/scope.ts';
import { type Deadline, remaining } from '#kernel/base/time/deadline.ts';
import { isLoopBusy, lostTime } from '#kernel/base/time/loop-delay.ts';
import type { Window } from '#kernel/base/time/window.ts';
import { isolatedFor } from '#kernel/state/overrides.ts';
import { traceparent } from '#kernel/telemetry/ids.ts';
import type { AttemptTrace, WireTrace } from '#kernel/telemetry/trace.ts';
import type { Upstream, WireRequest } from '#kernel/upstream/calls/call.ts';
import type { Sample } from '#kernel/upstream/lane/sample.ts';
import { type LaneState, type UpstreamState, upstreamState } from '#kernel/upstream/lane/state.ts';
import { countExchange } from '#kernel/upstream/lane/traffic.ts';
import { acquire, type CallVerdict, settleCall } from '#kernel/upstream/resilience/breaker.ts';
import { enter, leave } from '#kernel/upstream/resilience/bulkhead.ts';
import { deposit, mayRetry, pauseBefore, retryAfterOf, withdraw } from '#kernel/upstream/resilience/retry.ts';
import type { Client } from './client.ts';
import { type Decoded, decode, isJsonResponse } from './decode.ts';
import type { RequestOptions, WireResponse } from './transport.ts';

/** The share of the time left that an attempt may take while another may follow. */
const ATTEMPT_SHARE = 0.6;
/** The share of its timeout that a call may wait for a permit: if we are slow ourselves, permits are returned later. */
const QUEUE_SHARE = 0.5;
/** The share of its timeout that an upstream must have had to be blamed for it. */
const FAIR_SHARE = 0.75;
/** An override may be removed at any time: clients are not told to stay away until it ends. Milliseconds. */
const MAX_RETRY_AFTER = 60_000;

/** The context of one call: for whom, and how, an exchange goes out. */
export interface CallContext {
  readonly client: Client;
  readonly lane: LaneState;
  /** The principal's scope. */
  readonly whose: Scope;
  /** Flat headers that every request of this lane and principal carries. */
  readonly headers: readonly string[];
  /** Where the user's own credential goes along: the headers with another one, if there is one. */
  readonly renewed?: () => Promise<readonly string[] | undefined>;
  readonly traceId: string;
  readonly deadline: Deadline;
  /** What deadlines are multiplied by, and the wait for a permit with them. */
  readonly deadlineScale: number;
  readonly cancellation: Cancellation;
  readonly wire: WireTrace;
  /** Where requests are captured: what is recorded of the answer. */
  readonly sample: Sample | undefined;
}

/**
 * One request to one upstream: override → bulkhead → breaker → retry → send → size cap → JSON. Throws only CallErrors.
 */
export async function exchange(upstream: Upstream, request: WireRequest, context: CallContext): Promise<Decoded> {
  // Before everything that counts and queues: a call that an override stops says nothing of the upstream, and must not
  // wait.
  const isolated = isolatedFor(context.lane.overrides, upstream.name);
  if (isolated !== undefined) {
    context.wire.isolated = true;
    throw callError('open', 'held open by an override', { retryAfter: Math.min(isolated, MAX_RETRY_AFTER) });
  }
  const state = upstreamState(context.lane, upstream.name);
  const began = performance.now();
  const lostBefore = lostTime(began);
  let reason: CallErrorReason | undefined;
  try {
    return await guarded(upstream, request, context, state);
  } catch (thrown) {
    reason = toCallError(thrown).reason;
    throw thrown;
  } finally {
    const now = performance.now();
    const lost = lostTime(now) - lostBefore;
    if (lost >= 1) context.wire.lost = lost;
    const sent = reason === undefined || context.wire.attempts > 0;
    // Time that this process lost is not part of the upstream's duration.
    countExchange(state.traffic, now, sent ? now - began - lost : undefined, reason);
  }
}

async function guarded(
  upstream: Upstream,
  request: WireRequest,
  context: CallContext,
  { breaker, bulkhead, budget }: UpstreamState,
): Promise<Decoded> {
  const queuedAt = performance.now();
  const permit = enter(
    bulkhead,
    upstream.parallel,
    context.cancellation,
    upstream.timeout * QUEUE_SHARE * context.deadlineScale,
  );
  if (permit) await permit;
  const began = performance.now();
  const lostBefore = lostTime(began);
  context.wire.queue += began - queuedAt;
  try {
    const epoch = acquire(breaker, began);
    let verdict: CallVerdict = 'neither';
    try {
      deposit(budget, began);
      const decoded = await attempts(upstream, request, context, budget);
      verdict = 'success';
      return decoded;
    } catch (thrown) {
      const now = performance.now();
      const had = now - began - (lostTime(now) - lostBefore);
      const fair = had >= upstream.timeout * FAIR_SHARE * context.deadlineScale;
      verdict = verdictOn(toCallError(thrown), fair);
      throw thrown;
    } finally {
      settleCall(breaker, epoch, verdict, performance.now(), Math.random());
    }
  } finally {
    leave(bulkhead);
  }
}

async function attempts(
  upstream: Upstream,
  request: WireRequest,
  context: CallContext,
  budget: Window,
): Promise<Decoded> {
  const { wire, cancellation, deadline } = context;
  const maxAttempts = request.reads ? upstream.attempts : 1;
  for (let attempt = 1; ; attempt++) {
    wire.attempts = attempt;
    const sentAt = performance.now();
    const attempted: AttemptTrace = { at: sentAt - wire.began, took: 0, outcome: '' };
    wire.tries.push(attempted);
    try {
      const response = await context.client(
        request.method,
        request.path,
        requestOptionsFor(upstream, request, context, sentAt, attempt < maxAttempts),
      );
      const decoded = await receive(upstream, request, response, wire, sentAt);
      conclude(attempted, sentAt, String(response.status));
      return decoded;
    } catch (thrown) {
      const failure = toCallError(thrown);
      conclude(attempted, sentAt, failure.status === undefined ? failure.reason : String(failure.status));
      if (attempt >= maxAttempts || cancellation.reason || !mayRetry(request, failure)) throw failure;
      const pause = pauseBefore(attempt, failure, Math.random());
      const now = performance.now();
      if (now + pause >= deadline || !affords(failure, budget, now)) throw failure;
      await sleep(pause, cancellation);
    }
  }
}

/**
 * Time that this process lost itself is no failure of the upstream, and costs nothing of the budget; but while it is
 * busy, a retry would hurt.
 */
function affords({ reason }: CallError, budget: Window, now: number): boolean {
  return reason === 'busy' ? !isLoopBusy() : withdraw(budget, now);
}

function conclude(attempted: AttemptTrace, sentAt: number, outcome: string): void {
  attempted.took = performance.now() - sentAt;
  attempted.outcome = outcome;
}

function requestOptionsFor(
  upstream: Upstream,
  request: WireRequest,
  context: CallContext,
  now: number,
  more: boolean,
): RequestOptions {
  const left = remaining(context.deadline, now);
  const timeout = more ? Math.floor(left * ATTEMPT_SHARE) : undefined;
  const headers = [
    'accept',
    'application/json',
    'x-envoy-expected-rq-timeout-ms',
    String(timeout ?? left),
    'traceparent',
    traceparent(context.traceId),
    ...context.headers,
  ];
  if (request.body !== undefined) headers.push('content-type', request.type ?? 'application/json');
  if (request.fields !== undefined) headers.push(...request.fields);
  context.wire.bytesOut = request.body === undefined ? 0 : Buffer.byteLength(request.body);
  return {
    headers,
    body: request.body,
    maxBytes: upstream.maxBytes,
    timeout,
    cancellation: context.cancellation,
  };
}

function receive(
  upstream: Upstream,
  request: WireRequest,
  response: WireResponse,
  wire: WireTrace,
  sentAt: number,
): Decoded | Promise<Decoded> {
  const readAt = performance.now();
  wire.status = response.status;
  wire.bytesIn = response.bytes.length;
  wire.send += response.headAt - sentAt;
  wire.read += readAt - response.headAt;
  if (!response.ok) throw statusError(upstream, response);
  if (response.status === 206) throw callError('contract', 'answered a part of what was asked for', { status: 206 });
  const decoded = isBare(request, response) ? NO_CONTENT : decode(response, upstream.maxBytes);
  wire.parse += performance.now() - readAt;
  return decoded;
}

/** Whether there is nothing to read in it. A write may succeed with an empty body. */
function isBare({ reads, valueless }: WireRequest, { status, bytes }: WireResponse): boolean {
  if (status === 204 || status === 205) return true;
  return !reads && (valueless === true || bytes.length === 0);
}

const NO_CONTENT: Decoded = { json: undefined, size: 0, flaws: [] };

/** What a status other than 2xx means to us (RFC 9110 §15). A redirect is an error: origins come from configuration only. */
function statusError({ absence }: Upstream, response: WireResponse): CallError {
  const { status } = response;
  const retryAfter = retryAfterOf(response.field('retry-after'), Date.now());
  const details = retryAfter === undefined ? { status } : { status, retryAfter };
  if (status === 404 || status === 410) {
    if (absence === 'any' || isJsonResponse(response)) return callError('not-found', `answered ${status}`, details);
    // Something on the way has answered, as ingresses do during a deployment: whether the thing exists is unknown.
    return callError('unavailable', `answered ${status}, and not in the form of this upstream`);
  }
  if (status === 401 || status === 403) return callError('denied', `answered ${status}`, details);
  return callError('unavailable', `answered ${status}`, details);
}

const NOT_THEIRS: ReadonlySet<CallErrorReason> = new Set(['aborted', 'overloaded', 'busy', 'internal']);

/**
 * Only what the upstream did wrong counts against it: a timeout if it had a `fair` share of its time, and did not lose it to
 * our queue. Whatever else it answered, a 404 as well, shows that it lives.
 */
function verdictOn({ reason, status }: CallError, fair: boolean): CallVerdict {
  if (reason === 'timeout') return fair ? 'failure' : 'neither';
  if (reason === 'unavailable' && (status === undefined || status >= 500 || status < 400)) return 'failure';
  if (NOT_THEIRS.has(reason) || status === 429) return 'neither';
  return 'success';
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
