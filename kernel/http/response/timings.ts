import type { CallTrace } from '#kernel/telemetry/trace.ts';
import type { Timing } from './server-timing.ts';

/** One timing a section, however many calls it made: from its first start to its last end, and where answers came from. */
export function timingsOf(calls: readonly CallTrace[]): Timing[] {
  const sections = new Map<string, { start: number; end: number; caches: Set<string> }>();
  for (const { section, start, duration, cache } of calls) {
    const timing = sections.get(section);
    if (timing === undefined) {
      sections.set(section, { start, end: start + duration, caches: new Set([cache]) });
      continue;
    }
    timing.start = Math.min(timing.start, start);
    timing.end = Math.max(timing.end, start + duration);
    timing.caches.add(cache);
  }
  return [...sections].map(([name, { start, end, caches }]) => ({
    name,
    duration: end - start,
    description: [...caches].join(' '),
  }));
}
