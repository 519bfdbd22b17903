import { MAIN_LANE } from '#kernel/base/lane.ts';
import { shortened } from '#kernel/base/time/timeout.ts';
import type { CachedResponse } from '#kernel/cache/cached-response.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { PostedForm, UnreadForm } from '#kernel/http/request/form-body.ts';
import { header, type Inbound, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import type { ReadTarget } from '#kernel/http/request/target.ts';
import type { NewGuest } from '#kernel/identity/guest.ts';
import { ANONYMOUS, type Principal } from '#kernel/identity/principal.ts';
import type { Attempt } from '#kernel/state/idempotency.ts';
import { type TraceContext, traceFrom } from '#kernel/telemetry/context/trace-context.ts';
import { type LaneState, laneState } from '#kernel/upstream/lane/state.ts';
import { declaredDeadline, type Engine } from './engine.ts';
import type { RequestLog } from './request-log.ts';

/** What a request brings before its first stage. */
interface Arrived {
  readonly operation: Operation;
  /** Of its path, still encoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly inbound: Inbound;
  readonly target: ReadTarget;
  readonly requestId: string;
  /** Its place in its trace. */
  readonly trace: TraceContext;
  readonly log: RequestLog;
}

/** One request on its way through the stages: what it brings, and what each stage has found out. */
export interface RequestContext extends Arrived {
  /** Milliseconds that the client gives us, never more than the contract does. */
  readonly deadline: number;
  /** Whether this process is under load: then only a request whose answer takes no work is answered. */
  overloaded: boolean;
  /** Set where a browser has sent a form of its own. */
  form: UnreadForm | undefined;
  /** The fields of that form, once they were read. */
  posted: PostedForm | undefined;
  /** Whether the answer is to be a stream of events. */
  streams: boolean;
  lane: LaneState;
  input: unknown;
  /** The declared parts that were asked for; undefined where all are wanted. */
  parts: readonly string[] | undefined;
  /** The headers that the contract declares. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The key of its response in the cache; undefined if it must not be cached. */
  responseKey: string | undefined;
  cached: CachedResponse | undefined;
  /** The problem with which `refuseDenied` ends the request, once it was counted. */
  denied: ProblemDetails | undefined;
  principal: Principal;
  /** The caller that its cost and its stored data count for (`callerOf`). */
  caller: string;
  /** The guest that the principal has just become; its session is stored once the operation has succeeded. */
  newGuest: NewGuest | undefined;
  /** Set-Cookie values that go out whatever the answer is. */
  setCookies: readonly string[];
  version: string | undefined;
  key: string | undefined;
  /** This attempt at the write that the key stands for. */
  attempt: Attempt | undefined;
  body: unknown;
  cookies: Readonly<Record<string, string | undefined>>;
}

const NONE = Object.freeze({});

export function createContext(engine: Engine, arrived: Arrived): RequestContext {
  const { operation, parameters, inbound, target, requestId, trace, log } = arrived;
  return {
    operation,
    parameters,
    inbound,
    target,
    requestId,
    trace,
    log,
    deadline: shortened(declaredDeadline(engine, operation), header(inbound.headers, 'x-deadline-ms')),
    overloaded: false,
    form: undefined,
    posted: undefined,
    streams: false,
    lane: laneState(MAIN_LANE, engine.runtime.cacheBytes),
    input: undefined,
    parts: undefined,
    headers: NONE,
    responseKey: undefined,
    cached: undefined,
    denied: undefined,
    principal: ANONYMOUS,
    caller: '',
    newGuest: undefined,
    setCookies: [],
    version: undefined,
    key: undefined,
    attempt: undefined,
    body: undefined,
    cookies: NONE,
  };
}

const NO_KEYS: readonly string[] = [];

/** The place of a request in its caller's trace, or in a new one. */
export function traceOf({ runtime }: Pick<Engine, 'runtime'>, headers: InboundHeaders): TraceContext {
  const given = {
    traceparent: header(headers, 'traceparent'),
    tracestate: header(headers, 'tracestate'),
    baggage: header(headers, 'baggage'),
  };
  return traceFrom(given, runtime.baggage ?? NO_KEYS);
}
