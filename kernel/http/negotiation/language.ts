import type { Language } from '#kernel/contract/language.ts';
import { splitField } from './fields.ts';
import { readQuality } from './negotiate.ts';

/** Longer fields count as absent (RFC 9110 §12.4.1). */
const MAX_LENGTH = 2_048;
/** A basic language range (RFC 4647 §2.1). */
const RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)$/;

interface Range {
  readonly range: string;
  readonly quality: number;
}

/**
 * The language for an Accept-Language field (RFC 9110 §12.5.4), by RFC 4647 §3.4 lookup: each range in turn, by weight,
 * then as written, cut from its end until it names a tag of ours. `*` stands for the default. What a weight of 0 covers
 * is chosen only where all is refused, since an answer helps more than a 406.
 */
export function chooseLanguage(acceptLanguage: string | undefined, { tags, fallback }: Language): string {
  if (acceptLanguage === undefined || acceptLanguage.length > MAX_LENGTH) return fallback;
  const ranges = readRanges(acceptLanguage.toLowerCase());
  const refused = ranges.some(({ quality }) => quality === 0) ? refusedBy(ranges, tags) : NONE;
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((one, other) => other.quality - one.quality);
  for (const { range } of wanted) {
    const found = lookUp(range, tags);
    if (found !== undefined && !refused.has(found)) return found;
  }
  return refused.has(fallback) ? (tags.find((tag) => !refused.has(tag)) ?? fallback) : fallback;
}

/** The ranges of a field in small letters; what can't be read is left out. */
function readRanges(field: string): Range[] {
  return splitField(field, ',').flatMap((element) => {
    const [range = '', weight, ...more] = splitField(element, ';');
    const [name, value] = weight?.split('=').map((part) => part.trim()) ?? ['q'];
    const quality = name === 'q' && more.length === 0 ? readQuality(value) : undefined;
    return quality !== undefined && RANGE.test(range) ? [{ range, quality }] : [];
  });
}

const NONE: ReadonlySet<string> = new Set();
const refusedBy = (ranges: readonly Range[], tags: readonly string[]) =>
  new Set(tags.filter((tag) => isRefused(tag.toLowerCase(), ranges)));

/** Whether the most precise range that covers a tag gives it a weight of 0 (RFC 4647 §3.3.1); `*` covers what no other does. */
function isRefused(tag: string, ranges: readonly Range[]): boolean {
  let best: Range | undefined;
  for (const each of ranges) {
    const covers = each.range === '*' || tag === each.range || tag.startsWith(`${each.range}-`);
    if (covers && (best === undefined || precision(each) > precision(best))) best = each;
  }
  return best?.quality === 0;
}

const precision = ({ range }: Range) => (range === '*' ? 0 : range.length);

/**
 * The tag that a range names, or comes to when it is cut from its end. That a single letter goes with what follows it
 * needs no code: no tag ends with one.
 */
function lookUp(range: string, tags: readonly string[]): string | undefined {
  for (let text = range; text !== ''; text = text.slice(0, Math.max(0, text.lastIndexOf('-')))) {
    const found = tags.find((tag) => tag.toLowerCase() === text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A query that names its language: as it was asked in any case of letters, else as the field has it. */
export function inLanguage(
  language: Language,
  query: Readonly<Record<string, string>>,
  acceptLanguage: string | undefined,
): Readonly<Record<string, string>> {
  const { field, tags } = language;
  const asked = query[field];
  const tag = asked === undefined ? chooseLanguage(acceptLanguage, language) : named(asked, tags);
  return tag === asked ? query : { ...query, [field]: tag };
}

/** Tags are the same in any case (RFC 5646 §2.1.1). What is none of ours stays, for the schema to refuse. */
const named = (asked: string, tags: readonly string[]) =>
  tags.find((tag) => tag.toLowerCase() === asked.toLowerCase()) ?? asked;
