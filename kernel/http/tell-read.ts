import { keepTrace } from '#kernel/telemetry/trace.ts';
import type { Failed, Read } from './compose.ts';
import { troubleOf } from './failure.ts';
import type { Admitted } from './perform.ts';
import { statusOf } from './report.ts';

/** Keeps the trace of a read that no HTTP request of its own asked for: a page's, or a watched one. */
export function tellRead(
  method: 'PAGE' | 'LIVE',
  target: string,
  { operation: { contract }, requestId: id, lane, deadline }: Admitted,
  read: Read | Failed,
  began: number,
): void {
  const failed = 'thrown' in read;
  keepTrace({
    id,
    at: Date.now(),
    method,
    target,
    operation: contract.id,
    lane: lane.name,
    status: failed ? statusOf(troubleOf(read.thrown), contract) : 200,
    duration: performance.now() - began,
    deadline,
    bytesOut: failed ? 0 : read.representation.bytes.length,
    cache: failed ? 'bypass' : read.cache,
    sections: failed ? {} : read.sections,
    calls: read.calls,
  });
}
