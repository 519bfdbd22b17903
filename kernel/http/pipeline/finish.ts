import type { Contract } from '#kernel/contract/operation.ts';
import { rateFields } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestLog } from '#kernel/http/engine/request-log.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { instanceOf, kindOfProblem, renderProblem } from '#kernel/http/problem/problem.ts';
import { header, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import { isTransient, problemStream, wantsEvents } from '#kernel/http/response/event-reply.ts';
import { wantsPage } from '#kernel/http/security/navigation.ts';
import { missingFields } from '#kernel/http/security/security-fields.ts';
import { requestIdFrom } from '#kernel/telemetry/ids.ts';

/** Turns a reply or a problem into what goes out, with the fields that any answer has. */
export function finish(engine: Engine, inbound: Inbound, log: RequestLog, ending: Reply | ProblemDetails): Reply {
  const reply = 'slug' in ending ? refusal(engine, inbound, log, ending) : ending;
  const { status, headers } = reply;
  return {
    status,
    headers: [...headers, ...rateFields(status, log.usage), ...log.fields, ...missingFields(headers, engine.fields)],
    body: inbound.method === 'HEAD' ? undefined : reply.body,
  };
}

/**
 * The reply for a problem. Who looks at a tab gets the page about it, and not JSON; a stream that the client will ask for
 * again costs nothing of its quota.
 */
function refusal(engine: Engine, inbound: Inbound, log: RequestLog, problem: ProblemDetails): Reply {
  log.problem = problem.slug;
  log.reason = problem.detail;
  log.refusedForLoad = problem.refusedForLoad ?? false;
  const reply = problemReply(engine, problem, log.requestId, log.problems);
  const shown = log.endsInPage && wantsPage(inbound.headers);
  if (!shown && !(isTransient(reply.status) && wantsEvents(inbound))) return reply;
  log.problemStatus = reply.status;
  if (shown) return pageReply(problem, log);
  log.usage?.giveBack();
  return problemStream(reply, log.requestId);
}

/** Sends a browser to the page about its problem; cookies that the problem sets or ends go with it. */
function pageReply({ slug, headers = [] }: ProblemDetails, { requestId, problems }: RequestLog): Reply {
  const cookies = headers.filter((_, at) => headers[at - (at % 2)] === 'Set-Cookie');
  const page = instanceOf(kindOfProblem(slug, problems).slug, requestId);
  const fields = ['Location', page, 'Cache-Control', 'no-store', 'X-Request-Id', requestId];
  return { status: 303, headers: [...fields, ...cookies], body: undefined };
}

/** What a refusal needs of an engine. */
type RefusingEngine = Pick<Engine, 'fields'> & { readonly runtime: Pick<Engine['runtime'], 'publicUrl'> };

/** Answers any request with a problem: while the process starts, or if the request is not valid HTTP. */
export function refuseRequest(
  engine: RefusingEngine,
  inbound: Pick<Inbound, 'headers' | 'method'>,
  problem: ProblemDetails,
): Reply {
  const id = requestIdFrom(header(inbound.headers, 'x-request-id'));
  const reply = problemReply(engine, problem, id, undefined);
  const { status, headers, body } = wantsEvents(inbound) ? problemStream(reply, id) : reply;
  return { status, headers: [...headers, ...missingFields(headers, engine.fields)], body };
}

function problemReply(
  engine: RefusingEngine,
  problem: ProblemDetails,
  requestId: string,
  declared: Contract['problems'],
): Reply {
  const { status, contentType, body } = renderProblem(problem, { requestId, base: engine.runtime.publicUrl, declared });
  const about = ['Content-Type', contentType, 'Content-Length', String(body.length)];
  const more = ['Cache-Control', 'no-store', 'X-Request-Id', requestId, ...(problem.headers ?? [])];
  return { status, headers: [...about, ...more], body };
}
