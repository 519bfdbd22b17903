import { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import type { ValidatedRequest } from '#kernel/http/engine/perform.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { composeRead, type Read, responseKey } from '#kernel/http/read/compose.ts';
import { conditional, serveCached } from '#kernel/http/read/hit.ts';
import type { Inbound, Reply } from '#kernel/http/request/inbound.ts';
import { cacheStatus } from '#kernel/http/response/cache-status.ts';
import { formatSectionStatus } from '#kernel/http/response/section-status.ts';
import { serverTiming, timingsOf } from '#kernel/http/response/server-timing.ts';
import { madeOf } from '#kernel/http/trace/capture.ts';
import type { RequestLog } from '#kernel/http/trace/request-log.ts';

/** A read: composed, or found in the cache. */
export async function reading(
  engine: Engine,
  validated: ValidatedRequest,
  inbound: Inbound,
  log: RequestLog,
): Promise<Reply | ProblemDetails> {
  const { operation, requestId, lane } = validated;
  const read = await withinDeadline(engine, validated, inbound.gone, (caller) =>
    composeRead(engine, validated, caller),
  );
  log.calls = read.calls;
  log.made = madeOf(read, validated);
  if ('thrown' in read) return reportProblem(engine, read.thrown, requestId, operation.contract);
  log.cache = read.cache;
  log.sections = read.sections;
  const key = responseKey(engine, validated);
  if (read.cachedResponse && key !== undefined && dependsOnTarget(operation.contract))
    engine.memo.set(inbound.target, key);
  const reply =
    read.cache === 'hit' && read.cachedResponse && key !== undefined
      ? serveCached(engine, key, read.cachedResponse, inbound.headers, requestId)
      : conditional(read.representation, inbound.headers, composedHeaders(read, requestId, lane.name));
  return reply === 'precondition-failed' ? { slug: 'precondition-failed' } : reply;
}

/** Whether the response depends only on the request target, and on headers that every hit checks. */
function dependsOnTarget({ headers = [], apps, deprecated }: Contract): boolean {
  return headers.length === 0 && !apps && !deprecated;
}

/** A hurried client's shorter deadline ends its waiting, not the flight that it shares. */
async function withinDeadline<T>(
  engine: Engine,
  { deadline, operation }: ValidatedRequest,
  gone: Cancellation,
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

function composedHeaders({ cache, cachedResponse, calls, sections }: Read, requestId: string, lane: string): string[] {
  const fwd = lane === MAIN_LANE ? 'miss' : 'bypass';
  const status = cacheStatus({ fwd, stored: cachedResponse !== undefined, collapsed: cache === 'collapsed' });
  const headers = ['Cache-Status', status, 'X-Request-Id', requestId];
  if (calls.length > 0) headers.push('Server-Timing', serverTiming(timingsOf(calls)));
  if (Object.keys(sections).length > 0) headers.push('Section-Status', formatSectionStatus(sections));
  return headers;
}
