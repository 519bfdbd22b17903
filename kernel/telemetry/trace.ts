import { slot } from '#kernel/base/registry.ts';
import type { SectionStatus } from '#kernel/base/section.ts';

/** How a call was answered: by the cache, by somebody else's flight, or by its upstream. */
export type CallCache = 'hit' | 'stale' | 'miss' | 'coalesced' | 'spare' | 'uncached';

/** What one call cost. Times are milliseconds; `start` counts from the start of the request. */
export interface CallTrace {
  section: string;
  upstream: string;
  call: string;
  cache: CallCache;
  /** Age of the value in milliseconds, where the cache answered. */
  age?: number;
  start: number;
  duration: number;
  outcome: string;
  /** Set where a mock stands in for the upstream. */
  mocked?: true;
  /** Whether it was made for the principal alone. */
  personal: boolean;
  wire?: WireTrace;
}

/** What happened on the wire, shared by all who waited for the same flight. */
export interface WireTrace {
  attempts: number;
  status: number;
  bytesOut: number;
  bytesIn: number;
  queue: number;
  send: number;
  read: number;
  parse: number;
  deadline: number;
  batched: number;
}

/** One request as the inspector shows it. */
export interface RequestTrace {
  id: string;
  /** Wall clock, milliseconds since 1970. */
  at: number;
  method: string;
  target: string;
  operation: string;
  lane: string;
  status: number;
  duration: number;
  deadline: number;
  bytesOut: number;
  cache: 'hit' | 'miss' | 'collapsed' | 'bypass';
  sections: Record<string, SectionStatus>;
  calls: readonly CallTrace[];
}

const CAPACITY = 512;

interface Ring {
  readonly traces: (RequestTrace | undefined)[];
  next: number;
}

const ring = (): Ring => slot('traces', () => ({ traces: new Array(CAPACITY).fill(undefined), next: 0 }));

/** Keeps a trace, in the place of the oldest. */
export function keepTrace(trace: RequestTrace): void {
  const { traces, next } = ring();
  traces[next] = trace;
  ring().next = (next + 1) % CAPACITY;
}

/** The last traces, newest first. */
export function recentTraces(limit: number = CAPACITY): RequestTrace[] {
  const { traces, next } = ring();
  const found: RequestTrace[] = [];
  for (let back = 1; back <= CAPACITY && found.length < limit; back++) {
    const trace = traces[(next - back + CAPACITY) % CAPACITY];
    if (trace) found.push(trace);
  }
  return found;
}
