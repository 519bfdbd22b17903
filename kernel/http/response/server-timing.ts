import { quoted } from '#kernel/http/negotiation/fields.ts';
import type { CallTrace } from '#kernel/telemetry/trace.ts';

/** One measured thing: its name, its milliseconds, and a word on it such as its cache state. */
export interface Timing {
  readonly name: string;
  readonly duration?: number;
  readonly description?: string;
}

const MAX_ENTRIES = 32;
const MAX_BYTES = 2_048;
const MAX_DURATION = 86_400_000;

/**
 * The Server-Timing field (W3C), `related.prices;dur=12.3;desc="stale"`: the first 32 entries that fit into 2 kB; none
 * is cut.
 */
export function serverTiming(timings: readonly Timing[]): string {
  let text = '';
  for (const timing of timings.slice(0, MAX_ENTRIES)) {
    const entry = writeEntry(timing);
    if (text.length + entry.length + 2 > MAX_BYTES) break;
    text += text === '' ? entry : `, ${entry}`;
  }
  return text;
}

function writeEntry({ name, duration, description }: Timing): string {
  let entry = name.slice(0, 64).replace(/[^!#$%&'*+.^_`|~0-9A-Za-z-]/g, '-') || '-';
  if (duration !== undefined && Number.isFinite(duration)) {
    entry += `;dur=${Math.round(Math.min(MAX_DURATION, Math.max(0, duration)) * 10) / 10}`;
  }
  if (description !== undefined) entry += `;desc=${quoted(description, 64)}`;
  return entry;
}

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
