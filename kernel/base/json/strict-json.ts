import { numberSurvives } from './json-number.ts';
import { type JsonFlaw, scanJson, strictJsonError } from './json-scanner.ts';

/** How deep objects and arrays may nest: a scalar has depth 0, `[]` depth 1. */
interface JsonLimits {
  readonly depth: number;
}

/**
 * The value of a JSON text (RFC 8259), with proof that nothing was lost. Throws a StrictJsonError for text that is not
 * JSON, repeats a key, nests too deeply, names a member `__proto__`, or has a number that does not survive. With a list
 * of `flaws`, repeated keys and numbers are added to it instead.
 */
export function parseStrictJson(text: string, limits: JsonLimits, flaws?: JsonFlaw[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    scanJson(text, limits.depth, { flaws });
    throw strictJsonError('is not JSON', 0);
  }
  const members = countMembers(value, limits.depth);
  if (members === Number.POSITIVE_INFINITY) {
    scanJson(text, limits.depth);
    throw strictJsonError('nests too deeply', 0);
  }
  if (text.includes('__proto__') || !(comesBack(text, value) || isLossless(text, members)))
    scanJson(text, limits.depth, { flaws, parsed: value });
  return value;
}

/** Whether a text is what V8 would write, as many are; those with blanks or escaped slashes are not. */
const comesBack = (text: string, value: unknown): boolean =>
  !text.includes('": ') && !text.includes('\\/') && JSON.stringify(value) === text;

/** How many members all objects of a value have together; infinite if it nests deeper than `depth`. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) return Number.POSITIVE_INFINITY;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) count += countMembers(value[index], depth - 1);
  } else {
    for (const key in value) count += 1 + countMembers((value as Record<string, unknown>)[key], depth - 1);
  }
  return count;
}

const [QUOTE, BACKSLASH, COLON, MINUS, NINE, ZERO] = [0x22, 0x5c, 0x3a, 0x2d, 0x39, 0x30];

/**
 * Whether JSON.parse has kept all of a text that it could read, and whose value has so many members in all: then none is
 * repeated. False also where that can't be told so cheaply: a name with an escape in it may be misread, see `scanJson`.
 */
function isLossless(text: string, members: number): boolean {
  let names = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const start = at;
      at = endOfString(text, at);
      const next = skipSpace(text, at + 1);
      if (text.charCodeAt(next) !== COLON) continue;
      if (hasEscape(text, start, at)) return false;
      names++;
      at = next;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at);
      if (!numberSurvives(text.slice(at, end))) return false;
      at = end - 1;
    }
  }
  return names === members;
}

/** Where the quote stands that ends a string. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before an index. */
function isEscaped(text: string, index: number): boolean {
  let at = index;
  while (text.charCodeAt(at - 1) === BACKSLASH) at--;
  return (index - at) % 2 === 1;
}

function hasEscape(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === BACKSLASH) return true;
  return false;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** Digits, signs, a point, an exponent. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    const isPart = (code >= MINUS - 2 && code <= NINE && code !== 0x2c && code !== 0x2f) || (code | 0x20) === 0x65;
    if (!isPart) return at;
    at++;
  }
}
