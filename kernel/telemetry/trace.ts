import { processSingleton } from '#kernel/base/registry.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Capture } from './captures.ts';
import type { TraceContext } from './context/trace-context.ts';

/**
 * How a call was answered: by the cache, by the cache that instances share, by another request's flight, or by its
 * upstream.
 */
export type CallSource = 'hit' | 'stale' | 'shared' | 'miss' | 'coalesced' | 'spare' | 'uncached';

/** What one call cost. Times are milliseconds; `start` counts from where the request's code began (`RequestTrace.lead`). */
export interface CallTrace {
  section: string;
  upstream: string;
  call: string;
  cache: CallSource;
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
  /** How long its flight had been under way when this request joined it. */
  joined?: number;
  /** The upstream's answer, as masked JSON; only where requests are captured. */
  answer?: string;
}

/**
 * One attempt: when it began, counted from the start of its flight, and its outcome: a status, or an error's reason.
 */
export interface AttemptTrace {
  readonly at: number;
  took: number;
  outcome: string;
  /** The number of its span, whose id went upstream. */
  span?: number;
}

/** One path at which an answer did not fit its schema. */
export interface SchemaViolation {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
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
  /** Milliseconds of it in which this process could not run; left out where it could. */
  lost?: number;
  /** When its flight began, monotonic, and the request that it began for. */
  began: number;
  owner: string;
  /** The place of that request in its trace. */
  context?: TraceContext;
  tries: AttemptTrace[];
  /** Set if an override stopped it, and not the breaker. */
  isolated?: true;
  violations?: readonly SchemaViolation[];
  /** What its upstream forbade to store it by, where its policy heeds that. */
  unstored?: string;
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
  /** Of its answer; where a page or a stream tells a problem, the problem's. */
  status: number;
  duration: number;
  deadline: number;
  bytesOut: number;
  cache: 'hit' | 'miss' | 'collapsed' | 'bypass';
  sections: Record<string, SectionStatus>;
  calls: readonly CallTrace[];
  /** From its arrival to where its code began; below zero where it shares what another request had begun before. */
  lead?: number;
  /** Milliseconds of it in which this process could not run; left out where it could. */
  lost?: number;
  /** The request that composed the answer, where that was another one. */
  composedBy?: string;
  /** Its place in its trace. */
  context?: TraceContext | undefined;
  /** Where its composition is shared: the place of the request that it was begun for. */
  composer?: TraceContext;
  /** What all reads of one page have in common. */
  page?: string;
  /** Set where the client allowed less time than the upstreams have. */
  hurried?: true;
  /** For how long its client was waited for, to send its body. */
  waited?: number;
  /** The slug of the problem that it was answered with. */
  problem?: string;
  etag?: string;
  capture?: Capture;
}

const CAPACITY = 512;

interface Ring {
  readonly traces: (RequestTrace | undefined)[];
  next: number;
  /** How many were recorded since the process began. */
  count: number;
}

const ring = (): Ring =>
  processSingleton('traces', () => ({ traces: new Array(CAPACITY).fill(undefined), next: 0, count: 0 }));

/** Remembers a trace, in place of the oldest. */
export function remember(trace: RequestTrace): void {
  const buffer = ring();
  buffer.traces[buffer.next] = trace;
  buffer.next = (buffer.next + 1) % CAPACITY;
  buffer.count++;
}

/** How many traces were recorded since the process began: a reader that has as many has all. */
export const traceCount = (): number => ring().count;

/** The newest trace of a request; undefined if it was never recorded, or was replaced since. */
export const findTrace = (id: string): RequestTrace | undefined => recentTraces().find((trace) => trace.id === id);

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
