import { isTraceSampled } from './context/trace-context.ts';
import type { RequestTrace } from './trace.ts';

/** Which finished traces are exported. */
export interface TailSampling {
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

/** Addresses that nobody offers, and what is refused for its rate, come by the thousand and say nothing new. */
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
