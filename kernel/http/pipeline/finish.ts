import type { Contract } from '#kernel/contract/operation.ts';
import { rateFields } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestLog } from '#kernel/http/engine/request-log.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { header, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import { comingBack, isCurable, wantsEvents } from '#kernel/http/response/event-reply.ts';
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

/** The reply for a problem. A stream that the client will ask for again costs nothing of its quota. */
function refusal(engine: Engine, inbound: Inbound, log: RequestLog, problem: ProblemDetails): Reply {
  log.problem = problem.slug;
  log.reason = problem.detail;
  log.refusedForLoad = problem.refusedForLoad ?? false;
  const reply = problemReply(engine, problem, log.requestId, log.problems);
  if (!isCurable(reply.status) || !wantsEvents(inbound)) return reply;
  log.usage?.giveBack();
  return comingBack(reply, log.requestId);
}

/** What a refusal needs of an engine. */
type Site = Pick<Engine, 'fields'> & { readonly runtime: Pick<Engine['runtime'], 'publicUrl'> };

/** Answers any request with a problem: while the process starts, or if the request is not valid HTTP. */
export function refuseRequest(
  engine: Site,
  inbound: Pick<Inbound, 'headers' | 'method'>,
  problem: ProblemDetails,
): Reply {
  const id = requestIdFrom(header(inbound.headers, 'x-request-id'));
  const reply = problemReply(engine, problem, id, undefined);
  const { status, headers, body } = wantsEvents(inbound) ? comingBack(reply, id) : reply;
  return { status, headers: [...headers, ...missingFields(headers, engine.fields)], body };
}

function problemReply(engine: Site, problem: ProblemDetails, requestId: string, declared: Contract['problems']): Reply {
  const { status, contentType, body } = renderProblem({
    ...problem,
    ...(declared && { declared }),
    requestId,
    base: engine.runtime.publicUrl,
  });
  const about = ['Content-Type', contentType, 'Content-Length', String(body.length)];
  const more = ['Cache-Control', 'no-store', 'X-Request-Id', requestId, ...(problem.headers ?? [])];
  return { status, headers: [...about, ...more], body };
}
