import { warnOfProxy } from '#kernel/http/access/proxy-warning.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestLog } from '#kernel/http/engine/request-log.ts';
import { traceOf } from '#kernel/http/engine/trace-of.ts';
import { bytesIn, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import { isLogged, isSampled, pathOf } from '#kernel/telemetry/access.ts';
import { recordTrace } from '#kernel/telemetry/record-trace.ts';
import type { CallTrace } from '#kernel/telemetry/trace.ts';
import { captured, madeFields } from './capture.ts';
import { recordRefusal } from './security.ts';

/** When a request came, monotonic, and how many milliseconds this process has lost since. */
interface Took {
  readonly began: number;
  readonly lost: number;
}

/** Records an answered request: its trace, its line in the log, and what matters for security. */
export function recordRequest(engine: Engine, inbound: Inbound, reply: Reply, took: Took, log: RequestLog): void {
  const { requestId } = log;
  // A failure that a page or a stream tells is none the less one.
  const status = log.problemStatus ?? reply.status;
  if (!log.probe && log.operation !== '') warnOfProxy(engine, inbound);
  recordRefusal(engine, inbound, status, log);
  if ((log.probe && status < 400) || (log.refusedForLoad && !isSampled())) return;
  const { method } = inbound;
  const duration = performance.now() - took.began;
  const context = log.trace ?? (engine.runtime.exportsTraces ? traceOf(engine, inbound.headers) : undefined);
  const bytes = bytesIn(reply);
  recordTrace({
    id: requestId,
    at: Date.now(),
    method,
    target: log.target,
    operation: log.operation,
    lane: log.lane,
    status,
    duration,
    deadline: log.deadline,
    bytesOut: bytes,
    cache: log.cache,
    sections: log.sections,
    calls: log.calls,
    context,
    ...(took.lost >= 1 && { lost: took.lost }),
    ...(log.hurried && !log.calls.some(hadItsTime) && { hurried: true as const }),
    ...(log.waited > 0 && { waited: log.waited }),
    ...(log.problem !== undefined && { problem: log.problem }),
    ...(log.made && madeFields(log.made, took.began)),
    ...captured(engine, inbound.headers, reply.headers, log.made?.view),
  });
  if (isLogged(status))
    engine.runtime.log({ id: requestId, method, path: pathOf(log.target), status, duration, bytes, cache: log.cache });
}

/** Whether a call had its full time: then the client's short deadline was not to blame. */
const hadItsTime = ({ outcome, duration, wire }: CallTrace) =>
  outcome === 'timeout' && wire !== undefined && duration >= wire.deadline * TIMER_SLACK;
const TIMER_SLACK = 0.98;
