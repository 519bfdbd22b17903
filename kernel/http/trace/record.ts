import type { Engine } from '#kernel/http/engine/engine.ts';
import { type RequestContext, traceOf } from '#kernel/http/engine/request-context.ts';
import { createRequestLog, type Provenance, type RequestLog } from '#kernel/http/engine/request-log.ts';
import { problemOf } from '#kernel/http/problem/failure.ts';
import { statusOf } from '#kernel/http/problem/problem.ts';
import type { Failed, Read } from '#kernel/http/read/render.ts';
import { bytesIn, header, type Inbound, type InboundHeaders, type Reply } from '#kernel/http/request/inbound.ts';
import { networkOf, warnOfProxy } from '#kernel/http/security/client-address.ts';
import { isLogged, isSampled, pathOf } from '#kernel/telemetry/access.ts';
import type { Capture } from '#kernel/telemetry/captures.ts';
import { PAGE_ID } from '#kernel/telemetry/ids.ts';
import { maskedJson, shownReply, shownRequest } from '#kernel/telemetry/mask.ts';
import { recordTrace } from '#kernel/telemetry/record-trace.ts';
import { recordSecurityEvent } from '#kernel/telemetry/security-events.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';

/** Writes into the log how a read was made. */
export function logRead(log: RequestLog, read: Read | Failed, context: RequestContext): void {
  log.calls = read.calls;
  log.provenance = provenanceOf(read, context);
  if ('thrown' in read) return;
  log.cache = read.cache;
  log.sections = read.sections;
}

function provenanceOf(read: Read | Failed, { operation, principal, requestId }: RequestContext): Provenance {
  const composedBy = read.by?.requestId ?? ('cachedResponse' in read ? read.cachedResponse?.by : undefined);
  const isOwn = composedBy === requestId;
  const origin = {
    startedAt: read.by?.startedAt,
    composedBy: isOwn ? undefined : composedBy,
    composer: isOwn ? undefined : read.by?.trace,
  };
  if ('thrown' in read) return { ...origin, etag: undefined, view: undefined };
  const { bytes, etag } = read.representation;
  const personal = read.personal || (operation.contract.audience !== 'public' && principal.kind !== 'anonymous');
  return { ...origin, etag, view: { bytes, personal } };
}

/** When a request came, monotonic, and how many milliseconds this process has lost since. */
interface Took {
  readonly began: number;
  readonly lost: number;
}

/** Records an answered request: its trace, its line in the log, and what matters for security. */
export function recordRequest(engine: Engine, inbound: Inbound, reply: Reply, took: Took, log: RequestLog): void {
  // A failure is one even if a page or a stream shows it.
  const status = log.problemStatus ?? reply.status;
  if (!log.probe && log.operation !== '') warnOfProxy(engine.runtime, inbound);
  recordRefusal(engine, inbound, status, log);
  if ((log.probe && status < 400) || (log.refusedForLoad && !isSampled())) return;
  const { method, headers } = inbound;
  const duration = performance.now() - took.began;
  const bytes = bytesIn(reply);
  record(engine, log, { method, headers, status, duration, bytes, reply: reply.headers, ...took });
  if (!isLogged(status)) return;
  const path = pathOf(log.target);
  engine.runtime.log({ id: log.requestId, method, path, status, duration, bytes, cache: log.cache });
}

/** A read that no HTTP request of its own asked for. */
interface InternalRead {
  readonly method: 'PAGE' | 'LIVE';
  readonly target: string;
  /** The headers of the request behind it: a page's; none for a watched read. */
  readonly headers: InboundHeaders;
  /** When it was asked for, monotonic. */
  readonly began: number;
}

/** Records the trace of a read without an HTTP request of its own: a page's, or a watched one. */
export function recordRead(
  engine: Engine,
  { method, target, headers, began }: InternalRead,
  context: RequestContext,
  read: Read | Failed,
): void {
  const { operation, requestId, lane, deadline, trace } = context;
  const { contract } = operation;
  const problem = 'thrown' in read ? problemOf(read.thrown) : undefined;
  const log = createRequestLog(target, requestId);
  logRead(log, read, context);
  Object.assign(log, { operation: contract.id, lane: lane.name, deadline, trace, problem: problem?.slug });
  const status = problem ? statusOf(problem, contract.problems) : 200;
  const { bytes, head } = 'thrown' in read ? NOTHING : read.representation;
  const duration = performance.now() - began;
  record(engine, log, { method, headers, status, duration, bytes: bytes.length, reply: head, began, lost: 0 });
}

const NOTHING = { bytes: '', head: [] } as const;

/** What is recorded of an answer besides its log. */
interface Recorded extends Took {
  readonly method: string;
  readonly headers: InboundHeaders;
  readonly status: number;
  readonly duration: number;
  readonly bytes: number;
  /** The headers of the answer, flat. */
  readonly reply: readonly string[];
}

function record(engine: Engine, log: RequestLog, answer: Recorded): void {
  const { method, headers, status, duration, bytes, reply, began, lost } = answer;
  const { requestId: id, target, operation, lane, deadline, cache, sections, calls, problem, provenance } = log;
  const context = log.trace ?? (engine.runtime.exportsTraces ? traceOf(engine, headers) : undefined);
  const page = method === 'PAGE' ? header(headers, PAGE_ID) : undefined;
  recordTrace({
    id,
    at: Date.now(),
    method,
    target,
    operation,
    lane,
    status,
    duration,
    deadline,
    bytesOut: bytes,
    cache,
    sections,
    calls,
    context,
    ...(lost >= 1 && { lost }),
    ...(log.hurried && !calls.some(hadFullTimeout) && { hurried: true as const }),
    ...(log.waited > 0 && { waited: log.waited }),
    ...(page !== undefined && { page }),
    ...(problem !== undefined && { problem }),
    ...(provenance && fieldsOf(provenance, began)),
    ...(engine.runtime.captures && { capture: captureOf(headers, reply, provenance?.view) }),
  });
}

/** The trace fields that say how an answer was made; `began` is when the request came, monotonic. */
function fieldsOf({ startedAt, composedBy, composer, etag }: Provenance, began: number): Partial<RequestTrace> {
  return {
    ...(startedAt !== undefined && { lead: startedAt - began }),
    ...(composedBy !== undefined && { composedBy }),
    ...(composer !== undefined && { composer }),
    ...(etag !== undefined && { etag }),
  };
}

/** What is recorded of headers and the view where requests are captured, masked. */
function captureOf(given: InboundHeaders, reply: readonly string[], view: Provenance['view']): Capture {
  const shown = view && maskedJson(JSON.parse(Buffer.from(view.bytes).toString()), view.personal ? 'values' : 'named');
  return { request: shownRequest(given), reply: shownReply(reply), view: shown };
}

/** Whether a call had its full time: then the client's short deadline was not to blame. */
const hadFullTimeout = ({ outcome, duration, wire }: CallTrace) =>
  outcome === 'timeout' && wire !== undefined && duration >= wire.deadline * TIMER_SLACK;
const TIMER_SLACK = 0.98;

/** Refusals that matter to operators who look for attacks, by the slug of their problem. */
const ALWAYS: readonly string[] = [
  'forbidden',
  'two-credentials',
  'bad-signature',
  'too-many-requests',
  'logout-token',
  'login-refused',
  'login-lost',
];

/** What a client has chosen is as long as it likes. */
const MAX_LENGTH = 200;

/** Logs a refusal if it matters for security: a wrong credential, not a missing one. */
function recordRefusal(
  { runtime }: Engine,
  inbound: Inbound,
  status: number,
  log: Pick<RequestLog, 'requestId' | 'problem' | 'operation' | 'target' | 'caller' | 'reason' | 'guarded'>,
): void {
  const { requestId: id, problem, operation, target, caller, reason, guarded } = log;
  if (runtime.security === undefined || problem === undefined) return;
  const shown = guarded === 'wrong' || (problem === 'unauthenticated' && header(inbound.headers, 'authorization'));
  if (!shown && !ALWAYS.includes(problem)) return;
  const event = guarded === undefined ? (shown ? 'credential-refused' : problem) : 'operator-refused';
  const { method, address } = inbound;
  const line = { event, id, operation, method, path: pathOf(target).slice(0, MAX_LENGTH), status, address };
  const more = {
    ...(caller !== undefined && { caller }),
    ...(reason !== undefined && { reason: reason.slice(0, MAX_LENGTH) }),
  };
  recordSecurityEvent({ ...line, ...more }, networkOf(address), performance.now(), runtime.security);
}
