import { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { composeRead } from '#kernel/http/read/compose.ts';
import { conditional, serveCached, withholdFromCdn } from '#kernel/http/read/hit.ts';
import type { Read } from '#kernel/http/read/render.ts';
import { rememberKey } from '#kernel/http/read/response-keys.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import { cacheStatus, formatSectionStatus, serverTiming, timingsOf } from '#kernel/http/response/status-fields.ts';
import { logRead } from '#kernel/http/trace/record.ts';

/** A read: found in the cache, or composed. */
export async function reading(engine: Engine, context: RequestContext): Promise<Reply | ProblemDetails> {
  const { operation, inbound, requestId, lane, log, responseKey: key } = context;
  const read = await withinDeadline(engine, context, (caller) => composeRead(engine, context, caller));
  logRead(log, read, context);
  if ('thrown' in read) return reportProblem(engine, read.thrown, requestId, operation.contract);
  if (read.cachedResponse && key !== undefined) rememberKey(engine.keyByTarget, context, key);
  const reply =
    read.cache === 'hit' && read.cachedResponse && key !== undefined
      ? serveCached(engine, key, read.cachedResponse, inbound.headers, requestId)
      : conditional(
          withholdFromCdn(engine, read.representation),
          inbound.headers,
          composedHeaders(read, requestId, lane.name),
        );
  return reply === 'precondition-failed' ? { slug: 'precondition-failed' } : reply;
}

/** A client's shorter deadline ends its own waiting, not the flight that it shares. */
async function withinDeadline<T>(
  engine: Engine,
  { deadline, operation, inbound: { gone } }: RequestContext,
  run: (caller: Cancellation) => Promise<T>,
): Promise<T> {
  if (deadline >= declaredDeadline(engine, operation)) return run(gone);
  const caller = new Cancellation();
  const stopListening = gone.onCancel((reason) => caller.cancel(reason));
  const timer = new Timeout(deadline, (late) => caller.cancel(late));
  try {
    return await run(caller);
  } finally {
    timer.clear();
    stopListening();
  }
}

function composedHeaders(read: Read, requestId: string, lane: string): string[] {
  const { cache, cachedResponse, tooLarge = false, calls, sections } = read;
  const fwd = lane === MAIN_LANE ? 'miss' : 'bypass';
  const status = cacheStatus({ fwd, stored: cachedResponse !== undefined, collapsed: cache === 'collapsed', tooLarge });
  const headers = ['Cache-Status', status, 'X-Request-Id', requestId];
  if (calls.length > 0) headers.push('Server-Timing', serverTiming(timingsOf(calls)));
  if (Object.keys(sections).length > 0) headers.push('Section-Status', formatSectionStatus(sections));
  return headers;
}
