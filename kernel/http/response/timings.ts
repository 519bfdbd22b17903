import type { CallTrace } from '#kernel/telemetry/trace.ts';
import type { Timing } from './server-timing.ts';

/** One timing a section, however many calls it made: from its first start to its last end, and where answers came from. */
export function timingsOf(calls: readonly CallTrace[]): Timing[] {
  const sections = new Map<string, { start: number; end: number; caches: Set<string> }>();
  for (const { section, start, duration, cache } of calls) {
    const known = sections.get(section);
    if (known === undefined) {
      sections.set(section, { start, end: start + duration, caches: new Set([cache]) });
      continue;
    }
    known.start = Math.min(known.start, start);
    known.end = Math.max(known.end, start + duration);
    known.caches.add(cache);
  }
  return [...sections].map(([name, { start, end, caches }]) => ({
    name,
    duration: end - start,
    description: [...caches].join(' '),
  }));
}
