import { countAnswer } from './answered.ts';
import { countCapture } from './captures.ts';
import { offer } from './outbox.ts';
import { type RequestTrace, remember } from './trace.ts';

/** Records the trace of a request that has ended: for the inspector, for the figures, and for export where there is any. */
export function recordTrace(trace: RequestTrace): void {
  remember(trace);
  const exported = offer(trace);
  countAnswer(trace, performance.now(), exported);
  if (trace.capture) countCapture(trace);
}
