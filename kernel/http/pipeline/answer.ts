import { MAIN_LANE } from '#kernel/base/lane.ts';
import { finishWork, takeOn } from '#kernel/base/load/load.ts';
import { lostTime } from '#kernel/base/time/loop-delay.ts';
import type { Contract, Operation } from '#kernel/contract/operation.ts';
import { METHODS, type Method } from '#kernel/contract/route.ts';
import { loadClassOf, refuseForLoad } from '#kernel/http/access/load-class.ts';
import { warnOfProxy } from '#kernel/http/access/proxy-warning.ts';
import { withRateFields } from '#kernel/http/access/rate-fields.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import { allowed, hasHead, matchPath, type Routes } from '#kernel/http/engine/routing.ts';
import { nothingAt, type ProblemDetails } from '#kernel/http/problem/failure.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { acceptPatch } from '#kernel/http/request/body.ts';
import { bytesIn, header, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import { readQuery } from '#kernel/http/request/query.ts';
import { deprecationFields } from '#kernel/http/response/deprecation-fields.ts';
import { comingBack, isCurable, wantsEvents } from '#kernel/http/response/event-reply.ts';
import { withFields } from '#kernel/http/security/security-fields.ts';
import { captured, madeFields } from '#kernel/http/trace/capture.ts';
import { type RequestLog, watching } from '#kernel/http/trace/request-log.ts';
import { recordRefusal } from '#kernel/http/trace/security.ts';
import { isLogged, isSampled, pathOf } from '#kernel/telemetry/access.ts';
import { requestIdFrom, traceIdFrom } from '#kernel/telemetry/ids.ts';
import { type CallTrace, recordTrace } from '#kernel/telemetry/trace.ts';
import { answerForm, isForm, methodOf } from './form-post.ts';
import { reading } from './reading.ts';
import { streaming } from './streaming.ts';
import { type Arrived, validateRequest } from './validate-request.ts';
import { writing } from './writing.ts';

/** Answers one request. Never rejects: whatever goes wrong is a problem (RFC 9457). */
export async function answer(engine: Engine, routes: Routes, inbound: Inbound): Promise<Reply> {
  const began = performance.now();
  const lostBefore = lostTime(began);
  const requestId = requestIdFrom(header(inbound.headers, 'x-request-id'));
  const log: RequestLog = {
    operation: '',
    target: inbound.target,
    problems: undefined,
    probe: false,
    lane: MAIN_LANE,
    deadline: 0,
    hurried: false,
    waited: 0,
    cache: 'bypass',
    sections: {},
    calls: [],
    fields: [],
    made: undefined,
    problem: undefined,
    reason: undefined,
    guarded: undefined,
    usage: undefined,
    caller: undefined,
    isWork: false,
    unheard: false,
  };
  let reply: Reply | ProblemDetails;
  try {
    reply = await handle(engine, routes, inbound, requestId, log);
  } catch (thrown) {
    reply = reportProblem(engine, thrown, requestId);
  }
  if ('slug' in reply) {
    log.problem = reply.slug;
    log.reason = reply.detail;
    log.unheard = reply.unheard ?? false;
    reply = problemReply(engine, reply, requestId, log.problems);
    if (isCurable(reply.status) && wantsEvents(inbound)) {
      log.usage?.giveBack();
      reply = comingBack(reply, requestId);
    }
  }
  if (log.usage) reply = withRateFields(reply, log.usage);
  if (log.fields.length > 0) reply = { ...reply, headers: [...reply.headers, ...log.fields] };
  reply = withFields(reply, engine.fields);
  if (inbound.method === 'HEAD') reply = { ...reply, body: undefined };
  const lost = lostTime() - lostBefore;
  if (log.isWork) finishWork();
  if (!log.probe && log.operation !== '') warnOfProxy(engine, inbound);
  recordRefusal(engine, inbound, reply.status, requestId, log);
  record(engine, inbound, reply, requestId, { began, lost }, log);
  return reply;
}

async function handle(
  engine: Engine,
  routes: Routes,
  inbound: Inbound,
  requestId: string,
  log: RequestLog,
): Promise<Reply | ProblemDetails> {
  const target = readQuery(inbound.target);
  if (target.tooLong) return { slug: 'target-too-long' };
  const match = matchPath(routes, target.path);
  if (match === undefined) return nothingAt(target.path);
  const method = methodOf(inbound, target);
  if (typeof method !== 'string') return method;
  const allow = ['Allow', allowed(match)];
  if (method === 'OPTIONS') {
    const headers = [...allow, ...acceptPatch(match.operations.get('PATCH')?.contract.body), 'X-Request-Id', requestId];
    return { status: 204, headers, body: undefined };
  }
  const operation = METHODS.includes(method as Method) ? match.operations.get(method as Method) : undefined;
  const headless = inbound.method === 'HEAD' && !hasHead(match);
  if (operation === undefined || headless || (target.method !== undefined && !operation.contract.form)) {
    return { slug: 'method-not-allowed', detail: `This address answers ${allow[1]}.`, headers: allow };
  }

  log.operation = operation.contract.id;
  log.problems = operation.contract.problems;
  log.probe = operation.contract.probe === true;
  log.fields = deprecationFields(operation.contract, match.parameters, engine.runtime.publicUrl);
  // What belongs to a cookie of ours, such as the code of a login, is not recorded.
  if (operation.contract.cookies) log.target = pathOf(inbound.target);
  const traceId = traceIdFrom(header(inbound.headers, 'traceparent'));
  const loadClass = loadClassOf(engine, operation, method, inbound.headers);
  log.isWork = loadClass !== undefined && takeOn(loadClass);
  const overloaded = loadClass !== undefined && !log.isWork;
  // A cached answer, or one in flight, is for all clients; only the input tells whether there is one.
  if (overloaded && loadClass !== 'anonymous') return refuseForLoad(loadClass);
  const arrived: Arrived = { inbound: watching(inbound, log), target, requestId, traceId, overloaded, log };
  const serve = (given: Arrived) => offer(engine, operation, match.parameters, given, log);
  return operation.contract.form && isForm(inbound) ? answerForm(engine, operation, arrived, serve) : serve(arrived);
}

/** What an operation answers to one request. */
async function offer(
  engine: Engine,
  operation: Operation,
  parameters: Readonly<Record<string, string>>,
  arrived: Arrived,
  log: RequestLog,
): Promise<Reply | ProblemDetails> {
  const { inbound } = arrived;
  const validated = await validateRequest(engine, operation, parameters, arrived);
  if ('slug' in validated) return validated;
  log.lane = validated.lane.name;
  log.deadline = validated.deadline;
  log.hurried = validated.deadline < operation.contract.deadline;
  const read = operation.contract.output !== undefined && operation.route.method === 'GET';
  const way = validated.streams ? streaming : read ? reading : writing;
  const reply = await way(engine, validated, inbound, log);
  const { headers = [] } = reply;
  // What has just been opened or taken away by the operation itself stands.
  if (validated.setCookies.length === 0 || headers.includes('Set-Cookie')) return reply;
  return { ...reply, headers: [...headers, ...validated.setCookies.flatMap((cookie) => ['Set-Cookie', cookie])] };
}

/** A request that is answered with a problem whatever it asks for: while the process starts. */
export function refuseRequest(
  engine: Engine,
  inbound: Pick<Inbound, 'headers' | 'method'>,
  details: ProblemDetails,
): Reply {
  const id = requestIdFrom(header(inbound.headers, 'x-request-id'));
  const reply = problemReply(engine, details, id, undefined);
  return withFields(wantsEvents(inbound) ? comingBack(reply, id) : reply, engine.fields);
}

function problemReply(
  engine: Engine,
  details: ProblemDetails,
  requestId: string,
  declared: Contract['problems'],
): Reply {
  const problem = renderProblem({
    ...details,
    ...(declared && { declared }),
    requestId,
    base: engine.runtime.publicUrl,
  });
  return {
    status: problem.status,
    headers: [
      'Content-Type',
      problem.contentType,
      'Content-Length',
      String(problem.body.length),
      'Cache-Control',
      'no-store',
      'X-Request-Id',
      requestId,
      ...(details.headers ?? []),
    ],
    body: problem.body,
  };
}

/** Whether a call had its full time: then the client's short deadline was not to blame. */
const tookItsTime = ({ outcome, duration, wire }: CallTrace) =>
  outcome === 'timeout' && wire !== undefined && duration >= wire.deadline * TIMER_SLACK;
const TIMER_SLACK = 0.98;

/** When a request came, monotonic, and how many milliseconds this process has lost since. */
interface Took {
  readonly began: number;
  readonly lost: number;
}

function record(
  engine: Engine,
  inbound: Inbound,
  reply: Reply,
  id: string,
  { began, lost }: Took,
  log: RequestLog,
): void {
  const { method } = inbound;
  const { status } = reply;
  const duration = performance.now() - began;
  const bytes = bytesIn(reply);
  const { problems, usage, caller, made, problem, reason, guarded, fields, probe, ...more } = log;
  const { isWork, unheard, hurried, waited, ...traced } = more;
  if ((probe && status < 400) || (unheard && !isSampled())) return;
  recordTrace({
    id,
    at: Date.now(),
    method,
    status,
    duration,
    bytesOut: bytes,
    ...traced,
    ...(lost < 1 ? {} : { lost }),
    ...(hurried && !log.calls.some(tookItsTime) && { hurried: true as const }),
    ...(waited > 0 && { waited }),
    ...(problem === undefined ? {} : { problem }),
    ...(made && madeFields(made, began)),
    ...captured(engine, inbound.headers, reply.headers, made?.view),
  });
  if (isLogged(status))
    engine.runtime.log({ id, method, path: pathOf(log.target), status, duration, bytes, cache: log.cache });
}
