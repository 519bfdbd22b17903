import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { problemOf } from '#kernel/http/problem/failure.ts';
import { statusOf } from '#kernel/http/problem/problem.ts';
import type { Failed, Read } from '#kernel/http/read/render.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { PAGE_ID } from '#kernel/telemetry/page-id.ts';
import { recordTrace } from '#kernel/telemetry/record-trace.ts';
import { captured, madeFields, madeOf } from './capture.ts';

/** A read that no HTTP request of its own asked for. */
interface Asked {
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
  { method, target, headers, began }: Asked,
  context: RequestContext,
  read: Read | Failed,
): void {
  const { operation, requestId: id, lane, deadline, trace } = context;
  const { contract } = operation;
  const problem = 'thrown' in read ? problemOf(read.thrown) : undefined;
  const made = madeOf(read, context);
  const page = header(headers, PAGE_ID);
  recordTrace({
    id,
    at: Date.now(),
    method,
    target,
    operation: contract.id,
    lane: lane.name,
    status: problem ? statusOf(problem, contract.problems) : 200,
    duration: performance.now() - began,
    deadline,
    bytesOut: 'thrown' in read ? 0 : read.representation.bytes.length,
    cache: 'thrown' in read ? 'bypass' : read.cache,
    sections: 'thrown' in read ? {} : read.sections,
    calls: read.calls,
    context: trace,
    ...(page !== undefined && { page }),
    ...(problem && { problem: problem.slug }),
    ...madeFields(made, began),
    ...captured(engine, headers, 'thrown' in read ? [] : read.representation.head, made.view),
  });
}
