import { finishWork } from '#kernel/base/load/load.ts';
import { lostTime } from '#kernel/base/time/loop-delay.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { METHODS, type Method } from '#kernel/contract/route.ts';
import { admit } from '#kernel/http/access/load-shedding.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import { createContext, type RequestContext, traceOf } from '#kernel/http/engine/request-context.ts';
import { createRequestLog, type RequestLog, timingBody } from '#kernel/http/engine/request-log.ts';
import { allowed, hasHead, matchPath, type Routes } from '#kernel/http/engine/routing.ts';
import { nothingAt, type ProblemDetails } from '#kernel/http/problem/failure.ts';
import { acceptPatch } from '#kernel/http/request/body.ts';
import { header, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import { type ReadTarget, readQuery } from '#kernel/http/request/target.ts';
import { deprecationFields } from '#kernel/http/response/status-fields.ts';
import { recordRequest } from '#kernel/http/trace/record.ts';
import { pathOf } from '#kernel/telemetry/access.ts';
import { requestIdFrom } from '#kernel/telemetry/ids.ts';
import { finish } from './finish.ts';
import { answerForm, isForm, methodOf } from './form-post.ts';
import { reading } from './reading.ts';
import { validate } from './request-stages.ts';
import { streaming } from './streaming.ts';
import { writing } from './writing.ts';

type Ending = Reply | ProblemDetails;

/**
 * Answers one request: match → admit → validate → execute → finish → record. Returns a promise only if a stage has to
 * wait. Never rejects: every failure is a problem (RFC 9457).
 */
export function answer(engine: Engine, routes: Routes, inbound: Inbound): Reply | Promise<Reply> {
  const began = performance.now();
  const lostBefore = lostTime(began);
  const requestId = requestIdFrom(header(inbound.headers, 'x-request-id'));
  const log = createRequestLog(inbound.target, requestId);
  const end = (ending: Ending): Reply => {
    const reply = finish(engine, inbound, log, ending);
    const lost = lostTime() - lostBefore;
    if (log.isWork) finishWork();
    recordRequest(engine, inbound, reply, { began, lost }, log);
    return reply;
  };
  const fail = (thrown: unknown) => end(reportProblem(engine, thrown, requestId));
  let ending: Ending | Promise<Ending>;
  try {
    ending = handle(engine, routes, inbound, log);
  } catch (thrown) {
    return fail(thrown);
  }
  return ending instanceof Promise ? ending.then(end, fail) : end(ending);
}

function handle(engine: Engine, routes: Routes, inbound: Inbound, log: RequestLog): Ending | Promise<Ending> {
  const { requestId } = log;
  const matched = matchOperation(routes, inbound, requestId);
  if (!('operation' in matched)) return matched;
  const { operation, parameters } = matched;
  const { contract } = operation;
  log.operation = contract.id;
  log.problems = contract.problems;
  log.probe = contract.probe === true;
  const posted = contract.form === true && isForm(inbound);
  log.endsInPage = posted || contract.navigation === true;
  log.fields = deprecationFields(contract, parameters, engine.runtime.publicUrl);
  // The query is not recorded where the operation has a cookie: it may be a secret, such as the code of a login.
  if (contract.cookies) log.target = pathOf(inbound.target);
  const trace = traceOf(engine, inbound.headers);
  log.trace = trace;
  const context = createContext(engine, { ...matched, inbound: timingBody(inbound, log), requestId, trace, log });
  const serve = () => {
    const problem = validate(engine, context);
    if (problem instanceof Promise) return problem.then((found) => found ?? execute(engine, context));
    return problem ?? execute(engine, context);
  };
  return admit(engine, context) ?? (posted ? answerForm(engine, context, serve) : serve());
}

/** Runs the operation of a validated request: as a stream of events, as a read through the response cache, or as it is. */
function execute(engine: Engine, context: RequestContext): Promise<Reply | ProblemDetails> {
  const { operation, streams, deadline, setCookies, log } = context;
  log.deadline = deadline;
  log.hurried = deadline < declaredDeadline(engine, operation);
  const isCachedRead = operation.contract.output !== undefined && operation.route.method === 'GET';
  const ending = (streams ? streaming : isCachedRead ? reading : writing)(engine, context);
  return setCookies.length === 0 ? ending : withCookies(ending, setCookies);
}

/** A cookie that the operation itself has set or taken away stands. */
async function withCookies(
  pending: Promise<Reply | ProblemDetails>,
  cookies: readonly string[],
): Promise<Reply | ProblemDetails> {
  const ending = await pending;
  const { headers = [] } = ending;
  if (headers.includes('Set-Cookie')) return ending;
  return { ...ending, headers: [...headers, ...cookies.flatMap((cookie) => ['Set-Cookie', cookie])] };
}

/** The operation that a request is for. */
interface Matched {
  readonly operation: Operation;
  /** Of its path, still encoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly target: ReadTarget;
}

/** Finds the operation of a request. OPTIONS is answered here, and a wrong method gets the `Allow` of the address. */
function matchOperation(routes: Routes, inbound: Inbound, requestId: string): Matched | Reply | ProblemDetails {
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
  return { operation, parameters: match.parameters, target };
}
