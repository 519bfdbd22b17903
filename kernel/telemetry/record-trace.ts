import { processSingleton } from '#kernel/base/registry.ts';
import { countAnswer } from './answered.ts';
import { countCapture } from './captures.ts';
import { isTraceSampled } from './context/trace-context.ts';
import { type RequestTrace, remember } from './trace.ts';

/** Records the trace of a request that has ended: for the inspector, for the figures, and for export where there is any. */
export function recordTrace(trace: RequestTrace): void {
  remember(trace);
  const exported = offer(trace);
  countAnswer(trace, performance.now(), exported);
  if (trace.capture) countCapture(trace);
}

/** Finished traces that wait for their export. Plain data: any bundle adds to it, and the one that exports takes out. */
export interface Outbox {
  /** Undefined where nothing is exported. */
  sampling: TailSampling | undefined;
  waiting: RequestTrace[];
  /** How many were exported since the process began, and lost: the queue was full, or the collector did not take them. */
  exported: number;
  readonly lost: { full: number; failed: number };
}

/** Traces that may wait: a collector that hangs costs no more memory than this. */
export const MAX_WAITING = 2_048;

export const outbox = (): Outbox =>
  processSingleton('outbox', () => ({ sampling: undefined, waiting: [], exported: 0, lost: { full: 0, failed: 0 } }));

/** Puts a finished trace into the queue, if it is wanted and there is room. Undefined where nothing is exported. */
function offer(trace: RequestTrace): boolean | undefined {
  const { sampling, waiting, lost } = outbox();
  if (sampling === undefined) return undefined;
  if (!isTraceWanted(trace, sampling)) return false;
  if (waiting.length >= MAX_WAITING) {
    lost.full++;
    return false;
  }
  waiting.push(trace);
  return true;
}

/** Which finished traces are exported. */
interface TailSampling {
  /** The share of those that nothing else speaks for, 0 to 1. */
  readonly ratio: number;
  /** Milliseconds from which on a request is slow; undefined for half of its deadline. */
  readonly slow: number | undefined;
}

const SHARE_OF_DEADLINE = 0.5;
/** Of the 56 random bits of a trace id the upper 52, which a number can hold. */
const RANDOM = { from: 18, to: 31, of: 2 ** 52 };

/**
 * Whether a finished trace is exported: what its caller has decided stands; of the others all that failed, are incomplete
 * or slow, and a share of the rest. By trace id, so that all instances choose the same, as other consistent samplers do.
 */
export function isTraceWanted(trace: RequestTrace, sampling: TailSampling): boolean {
  const { context } = trace;
  if (context === undefined) return false;
  if (context.parentId !== undefined) return isTraceSampled(context);
  if (hasFailed(trace) || isIncomplete(trace) || isSlow(trace, sampling)) return true;
  const random = Number.parseInt(context.traceId.slice(RANDOM.from, RANDOM.to), 16);
  return random >= (1 - sampling.ratio) * RANDOM.of;
}

/** Not the requests for unknown addresses, nor those over their rate: they come by the thousand and say nothing new. */
const hasFailed = ({ status, problem, operation }: RequestTrace) =>
  status >= 500 || (problem !== undefined && operation !== '' && status !== 429);

function isIncomplete({ sections }: RequestTrace): boolean {
  for (const _ in sections) return true;
  return false;
}

function isSlow({ duration, deadline, waited = 0 }: RequestTrace, { slow }: TailSampling): boolean {
  const limit = slow ?? deadline * SHARE_OF_DEADLINE;
  return limit > 0 && duration - waited >= limit;
}
