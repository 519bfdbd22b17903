import { processSingleton } from '#kernel/base/registry.ts';
import { isTraceWanted, type TailSampling } from './tail-sampling.ts';
import type { RequestTrace } from './trace.ts';

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
export function offer(trace: RequestTrace): boolean | undefined {
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
