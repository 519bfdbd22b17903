import { splitField } from './field-list.ts';
import { isUtf8, type MediaType, parseMediaType } from './media.ts';
import { readQuality } from './quality.ts';

/** One element of an Accept field, with its weight from 0 to 1. */
export interface MediaRange extends MediaType {
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
export function precisionOf(range: MediaRange, media: MediaType): number {
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
