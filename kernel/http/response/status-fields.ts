import type { SectionStatus } from '#kernel/base/section.ts';
import { startOf } from '#kernel/contract/deprecation.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { quoted } from '#kernel/http/negotiation/fields.ts';
import type { CallTrace } from '#kernel/telemetry/trace.ts';

/** The years 0001 to 9999, in seconds (RFC 9651 §3.3.7). */
const FIRST = -62_135_596_800;
const LAST = 253_402_300_799;

/**
 * The Section-Status field, an RFC 9651 dictionary by section path:
 * `related.prices=stale;reason=timeout;since=@1659578233`. `since` is in seconds, and left out if invalid; no sections
 * give the empty string: send no field.
 */
export function formatSectionStatus(statuses: Readonly<Record<string, SectionStatus>>): string {
  let text = '';
  for (const path of Object.keys(statuses)) {
    const status = statuses[path] as SectionStatus;
    if (text !== '') text += ', ';
    text += `${sectionKey(path)}=${status.state}`;
    if (status.reason !== undefined) text += `;reason=${status.reason}`;
    const seconds = status.since === undefined ? Number.NaN : Math.floor(Date.parse(status.since) / 1_000);
    if (seconds >= FIRST && seconds <= LAST) text += `;since=@${seconds}`;
  }
  return text;
}

/**
 * A section's path as an RFC 9651 §3.1.2 key: `relatedItems.prices` is `related-items.prices`. Any path has its own key:
 * `_<hex>_` stands for a character that keys lack, and a leading `*` for a start that is no small letter.
 */
export function sectionKey(path: string): string {
  const key = path.replace(/[^a-z0-9.]/g, (character) =>
    character >= 'A' && character <= 'Z' ? `-${character.toLowerCase()}` : `_${character.charCodeAt(0).toString(16)}_`,
  );
  return /^[a-z]/.test(key) ? key : `*${key}`;
}

/** What our cache did with a request that it could not answer, in the words of RFC 9211 §2. */
export interface CacheOutcome {
  readonly fwd: 'miss' | 'bypass';
  readonly stored: boolean;
  readonly collapsed: boolean;
  /** Whether it would have been stored, but for its size. */
  readonly tooLarge: boolean;
}

/** The Cache-Status field for the cache `tributary` (RFC 9211); never with its `key`, which would reveal ids. */
export function cacheStatus({ fwd, stored, collapsed, tooLarge }: CacheOutcome): string {
  const marks = `${stored ? '; stored' : ''}${collapsed ? '; collapsed' : ''}${tooLarge ? '; detail=too-large' : ''}`;
  return `tributary; fwd=${fwd}${marks}`;
}

/** One measured thing: its name, its milliseconds, and a word on it such as its cache state. */
interface Timing {
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

/**
 * What every answer of an operation that goes away says: since when (RFC 9745), until when (RFC 8594), and where to read
 * of it and what to use instead (RFC 8288, RFC 5829).
 */
export function deprecationFields(
  { deprecated }: Contract,
  parameters: Readonly<Record<string, string>>,
  base: string,
): readonly string[] {
  if (deprecated === undefined) return [];
  const { since, sunset, successor } = deprecated;
  const next = successor.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => parameters[name] ?? placeholder);
  const about = `<${base}/deprecations>`;
  return [
    'Deprecation',
    `@${startOf(since) / 1_000}`,
    'Sunset',
    new Date(startOf(sunset)).toUTCString(),
    'Link',
    `${about}; rel="deprecation"; type="text/html", ${about}; rel="sunset"; type="text/html", <${next}>; rel="successor-version"`,
  ];
}
