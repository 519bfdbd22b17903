import { isUtf8, type MediaType, parseMediaType, splitField } from './fields.ts';
import type { Coding } from './preconditions.ts';

/** Longer fields count as absent: RFC 9110 §12.4.1 lets us disregard them. */
const MAX_LENGTH = 2_048;
/** What browsers and common clients say, so that a hit parses nothing. */
const TAKES_BR = ['gzip, deflate, br, zstd', 'gzip, deflate, br', 'br, gzip, deflate', 'br'];

interface Judgement {
  readonly quality: number;
  readonly precision: number;
}

/**
 * The offered media type that an Accept field likes best (RFC 9110 §12.5.1): by weight, then by how precisely it is named,
 * then in our order; undefined means 406. An absent field, or one in which nothing can be read, accepts anything.
 */
export function acceptable(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept === '*/*' || accept === offered[0] || accept.length > MAX_LENGTH)
    return offered[0];
  const ranges = readRanges(accept);
  if (ranges.length === 0) return offered[0];
  let best: string | undefined;
  let lead: Judgement = { quality: 0, precision: 0 };
  for (const offer of offered) {
    const mine = judge(offer, ranges);
    if (
      mine.quality > lead.quality ||
      (mine.quality === lead.quality && mine.precision > lead.precision && mine.quality > 0)
    ) {
      best = offer;
      lead = mine;
    }
  }
  return best;
}

/**
 * The weight that the most precise matching range gives an offer, 0 when none matches; the highest of equally precise
 * ones.
 */
function judge(offer: string, ranges: readonly MediaRange[]): Judgement {
  const media = parseMediaType(offer);
  let quality = 0;
  let precision = -1;
  for (const range of ranges) {
    const match = media === undefined ? -1 : precisionOf(range, media);
    if (match > precision || (match === precision && match >= 0 && range.quality > quality)) {
      quality = range.quality;
      precision = match;
    }
  }
  return { quality, precision };
}

/**
 * The content coding to send (RFC 9110 §12.5.3) out of those that are cached, in our order of preference: the one with
 * the highest weight. Identity is the fallback, even if it is refused and nothing else fits, since an answer helps more
 * than a 406.
 */
export function coding(acceptEncoding: string | undefined, available: readonly Coding[]): Coding | 'identity' {
  const first = available[0];
  if (first === undefined || acceptEncoding === undefined || acceptEncoding.length > MAX_LENGTH) return 'identity';
  if (first === 'br' && TAKES_BR.includes(acceptEncoding)) return 'br';
  const weights = readWeights(acceptEncoding);
  const others = weights.get('*') ?? 0;
  let best: Coding | 'identity' = 'identity';
  let bestWeight = 0;
  for (const candidate of available) {
    const weight = weights.get(candidate) ?? others;
    if (weight > bestWeight) {
      best = candidate;
      bestWeight = weight;
    }
  }
  return (weights.get('identity') ?? 0) > bestWeight ? 'identity' : best;
}

/** The weight of each coding named; x-gzip is gzip (RFC 9110 §8.4.1.3); what cannot be read is left out. */
function readWeights(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const element of splitField(acceptEncoding.toLowerCase(), ',')) {
    const [name, ...parameters] = splitField(element, ';');
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    const quality = readQuality(weight?.slice(weight.indexOf('=') + 1).trim());
    if (name !== undefined && quality !== undefined) weights.set(name === 'x-gzip' ? 'gzip' : name, quality);
  }
  return weights;
}

/** One element of an Accept field, with its weight from 0 to 1. */
interface MediaRange extends MediaType {
  readonly quality: number;
}

/** The ranges of an Accept field (RFC 9110 §12.5.1); what cannot be read is left out. */
export function readRanges(accept: string): MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const element of splitField(accept, ',')) {
    // Java's HttpURLConnection says `*; q=.2`.
    const range = parseMediaType(/^\*\s*(?:;|$)/.test(element) ? element.replace('*', '*/*') : element);
    const quality = readQuality(range?.parameters.get('q'));
    if (range === undefined || quality === undefined) continue;
    if (!range.type.startsWith('*/') || range.type === '*/*') ranges.push({ ...range, quality });
  }
  return ranges;
}

/** 0 for any type, 1 for a family, 2 and up for the type itself and each further parameter; -1 when the range does not match. */
function precisionOf(range: MediaRange, media: MediaType): number {
  if (range.type === '*/*') return 0;
  if (range.type.endsWith('/*')) return media.type.startsWith(range.type.slice(0, -1)) ? 1 : -1;
  if (range.type !== media.type) return -1;
  let precision = 2;
  for (const [name, value] of range.parameters) {
    if (name === 'q') break;
    // We send UTF-8 anyway; clients that copy their Content-Type into Accept name it.
    if (name === 'charset' && isUtf8(value)) continue;
    if (media.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return -1;
    precision++;
  }
  return precision;
}

/**
 * The weight of RFC 9110 §12.4.2, 0 to 1 with at most three decimals (`.2` is accepted); 1 if absent, undefined if
 * invalid.
 */
export function readQuality(text: string | undefined): number | undefined {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|\.\d{1,3}|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}
