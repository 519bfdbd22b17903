import { Cancellation } from '#kernel/base/cancellation.ts';
import { isRead } from '#kernel/contract/operation.ts';
import type { Usage } from '#kernel/contract/rate-policy.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import { createContext, type RequestContext } from '#kernel/http/engine/request-context.ts';
import { createRequestLog } from '#kernel/http/engine/request-log.ts';
import { matchPath } from '#kernel/http/engine/routing.ts';
import { liveKey, problemSnapshot, refreshOf } from '#kernel/http/live/live-refresh.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';
import { readQuery } from '#kernel/http/request/target.ts';
import { isTransient } from '#kernel/http/response/event-reply.ts';
import type { EventStream } from '#kernel/realtime/event-stream.ts';
import { liveReads } from '#kernel/realtime/live-reads.ts';
import type { Snapshot } from '#kernel/realtime/snapshot.ts';
import { siblingTrace } from '#kernel/telemetry/context/trace-context.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import { validate } from './request-stages.ts';

type Framing = (snapshot: Snapshot) => Uint8Array;

export const frameAlone: Framing = (snapshot) => snapshot.frame();
/** Made outside the handler, so that it does not keep the request in memory for as long as the stream lives. */
export const frameOf =
  (target: string): Framing =>
  (snapshot) =>
    snapshot.frameOf(target);

/** Sends a read and its changes to a stream, for as long as it is open. */
export function follow(
  engine: Engine,
  stream: EventStream,
  read: RequestContext,
  lastEtag: string | undefined,
  framing: Framing,
): void {
  const { target } = read.inbound;
  const stop = liveReads(engine.deps.tags).watch(liveKey(engine, read), {
    refresh: refreshOf(engine, read),
    lastEtag,
    show: (snapshot) => stream.sendLatest(target, framing(snapshot)),
  });
  stream.onClose(stop);
}

/** Validates a watched address as a GET of it by the same caller. */
export async function validateWatched(
  engine: Engine,
  text: string,
  { requestId, trace, inbound: { headers, address } }: RequestContext,
): Promise<{ readonly read: RequestContext | ProblemDetails; readonly usage?: Usage | undefined }> {
  const target = readQuery(text);
  if (target.tooLong) return { read: { slug: 'target-too-long' } };
  const match = matchPath(engine.routes, target.path);
  const operation = match?.operations.get('GET');
  if (match === undefined || operation === undefined) return { read: { slug: 'no-such-route' } };
  if (!isRead(operation)) return { read: { slug: 'not-acceptable', detail: 'It is no read.' } };
  const inbound: Inbound = {
    method: 'GET',
    target: text,
    headers: { ...headers, accept: 'text/event-stream' },
    body: undefined,
    address,
    gone: new Cancellation(),
  };
  const log = createRequestLog(text, requestId);
  const { parameters } = match;
  const read = createContext(engine, {
    operation,
    parameters,
    inbound,
    target,
    requestId,
    trace: siblingTrace(trace),
    log,
  });
  const problem = await validate(engine, read);
  return { read: problem ?? detached(engine, read), usage: log.usage };
}

/**
 * A read as it is watched: other viewers share it, so it has the contract's full deadline, and it keeps nothing of its
 * request in memory while the stream lives.
 */
export function detached(engine: Engine, context: RequestContext): RequestContext {
  const { operation, inbound, requestId } = context;
  return {
    ...context,
    deadline: declaredDeadline(engine, operation),
    inbound: { ...inbound, headers: {}, body: undefined, gone: new Cancellation() },
    log: createRequestLog(inbound.target, requestId),
  };
}

/** Seconds after which a refused address is tried again, if its problem does not say when. */
const SOON = 5;
const LATEST = 60;

/** Sends the problem of one refused address, and tries it again if that may help: its stream goes on meanwhile. */
export function retryWatched(
  engine: Engine,
  stream: EventStream,
  target: string,
  problem: ProblemDetails,
  again: () => Promise<RequestContext | ProblemDetails>,
): void {
  const { snapshot, status } = problemSnapshot(engine, problem, nextRequestId());
  stream.sendLatest(target, snapshot.frameOf(target));
  if (!isTransient(status)) return;
  const seconds = Number(problem.headers?.[problem.headers.indexOf('Retry-After') + 1]) || SOON;
  const retry = async () => {
    if (stream.closed) return;
    const next = await again().catch((thrown) => reportProblem(engine, thrown, nextRequestId()));
    if (stream.closed) return;
    if ('slug' in next) retryWatched(engine, stream, target, next, again);
    else follow(engine, stream, next, undefined, frameOf(target));
  };
  setTimeout(retry, Math.min(seconds, LATEST) * 1_000).unref();
}

/** The problem of one watched address as the problem of the stream's request; a 401 stays one. */
export function watchProblem(target: string, problem: ProblemDetails): ProblemDetails {
  const { slug, detail = slug } = problem;
  if (slug === 'unauthenticated') return { ...problem, detail: `${target} is personal.` };
  const errors = [{ in: 'query', path: 'watch', message: `can't watch ${target}: ${detail}`, code: slug }] as const;
  return { slug: 'invalid-request', detail: `${target} can't be watched.`, errors };
}
