import { completenessOf } from '#inspector/requests/completeness.ts';
import { bytesInOf } from '#inspector/requests/payload.ts';
import type { CallSource, RequestTrace } from '#kernel/telemetry/trace.ts';

/** What one page has cost, over all that it read. */
export interface StripFigures {
  /** Upstreams that were asked for it; none if all of it was cached. */
  readonly upstreams: number;
  /** Milliseconds from the first read's start to the last one's end. */
  readonly duration: number;
  /** Bytes from upstreams, and bytes of the views made from them. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** So many sections as they should be, of so many. */
  readonly complete: number;
  readonly of: number;
  /** Sections that are missing, stale or replaced, by path. */
  readonly missing: readonly string[];
  readonly reads: number;
  /** The most interesting request: the one with the most calls. */
  readonly main: string;
  /** By which all of them are found. */
  readonly page: string;
}

const FROM_CACHE: ReadonlySet<CallSource> = new Set(['hit', 'stale', 'shared', 'spare']);

/** Undefined where nothing was read. */
export function stripFigures(traces: readonly RequestTrace[]): StripFigures | undefined {
  const [main] = [...traces].sort((a, b) => b.calls.length - a.calls.length || b.bytesOut - a.bytesOut);
  if (main === undefined) return undefined;
  const calls = traces.flatMap((trace) => trace.calls);
  const asked = calls.filter(({ cache }) => !FROM_CACHE.has(cache));
  const began = Math.min(...traces.map(({ at, duration }) => at - duration));
  const parts = traces.map((trace) => completenessOf(trace) ?? { complete: trace.status < 400 ? 1 : 0, of: 1 });
  const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
  return {
    upstreams: new Set(asked.map(({ upstream }) => upstream)).size,
    duration: Math.max(...traces.map(({ at }) => at)) - began,
    bytesIn: bytesInOf(calls),
    bytesOut: total(traces.map(({ bytesOut }) => bytesOut)),
    complete: total(parts.map(({ complete }) => complete)),
    of: total(parts.map(({ of }) => of)),
    missing: traces.flatMap(({ sections, status, operation }) => (status < 400 ? Object.keys(sections) : [operation])),
    reads: traces.length,
    main: main.id,
    page: main.page ?? main.id,
  };
}
