import { numberSurvives } from './json-number.ts';
import { hasPath } from './json-value.ts';

/** The message for a text that is cut off. */
export const TOO_SHORT = 'ends too early';

/** More than these are no mere oversight in the text, and each costs memory. */
const MAX_FLAWS = 10_000;
/** What may be left of a number at the end of a text that was cut. */
const CUT_NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.|(?:\.\d+)?[eE][+-]?)?)?$/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** A position in a JSON text at which JSON.parse loses something: all but the last of equal keys, or digits. */
export interface JsonFlaw {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

interface Cursor {
  readonly text: string;
  at: number;
  readonly path: PropertyKey[];
  /** Takes what is lost; where there is none, the first loss is an error. */
  readonly flaws: JsonFlaw[] | undefined;
  /** What JSON.parse made of the text; undefined where it made nothing of it. */
  readonly parsed: unknown;
  /** Where the first name stands that `parsed` does not have. */
  misread: number | undefined;
  /** Whether a key is repeated: then `parsed` lacks what stood under the first of them. */
  repeats: boolean;
}

/**
 * Reads a JSON text once and throws a StrictJsonError at the first thing that JSON.parse would refuse or lose. What is lost
 * is listed in `flaws` instead, where there is such a list: one flaw more than it takes is an error again. A name that
 * `parsed` does not have is always an error: V8 14.6 takes one with an escape in it for another that it has seen before
 * (findings/json-parse-reads-another-key.sh).
 */
export function scanJson(
  text: string,
  depth: number,
  { flaws, parsed }: Partial<Pick<Cursor, 'flaws' | 'parsed'>> = {},
) {
  const cursor: Cursor = { text, at: 0, path: [], flaws, parsed, misread: undefined, repeats: false };
  skipSpace(cursor);
  scanValue(cursor, depth);
  skipSpace(cursor);
  if (cursor.at < text.length) throw strictJsonError('has text after its end', cursor.at);
  if (cursor.misread !== undefined && !cursor.repeats)
    throw strictJsonError('has a name that this runtime reads as another', cursor.misread);
}

function scanValue(cursor: Cursor, depth: number): void {
  const { text, at } = cursor;
  const first = text.charAt(at);
  if (first === '"') scanString(cursor);
  else if (first === '{' || first === '[') {
    if (depth === 0) throw strictJsonError('nests too deeply', at);
    cursor.at++;
    if (first === '{') scanObject(cursor, depth - 1);
    else scanArray(cursor, depth - 1);
  } else if (first === 't' || first === 'n') scanWord(cursor, first === 't' ? 'true' : 'null');
  else if (first === 'f') scanWord(cursor, 'false');
  else scanNumber(cursor);
}

function scanObject(cursor: Cursor, depth: number): void {
  const keys = new Set<string>();
  skipSpace(cursor);
  if (took(cursor, '}')) return;
  do {
    skipSpace(cursor);
    const start = cursor.at;
    if (cursor.text[start] !== '"') throw unexpected(cursor);
    const escaped = scanString(cursor);
    const key: string = escaped
      ? JSON.parse(cursor.text.slice(start, cursor.at))
      : cursor.text.slice(start + 1, cursor.at - 1);
    cursor.path.push(key);
    if (escaped && cursor.parsed !== undefined && !hasPath(cursor.parsed, cursor.path)) cursor.misread ??= start;
    if (keys.has(key)) {
      cursor.repeats = true;
      lose(cursor, 'repeats a key', start);
    }
    if (key === '__proto__') throw strictJsonError('has a member that may not be named so', start);
    keys.add(key);
    skipSpace(cursor);
    if (!took(cursor, ':')) throw unexpected(cursor);
    skipSpace(cursor);
    scanValue(cursor, depth);
    cursor.path.pop();
    skipSpace(cursor);
  } while (took(cursor, ','));
  if (!took(cursor, '}')) throw unexpected(cursor);
}

function scanArray(cursor: Cursor, depth: number): void {
  skipSpace(cursor);
  if (took(cursor, ']')) return;
  let index = 0;
  do {
    skipSpace(cursor);
    cursor.path.push(index++);
    scanValue(cursor, depth);
    cursor.path.pop();
    skipSpace(cursor);
  } while (took(cursor, ','));
  if (!took(cursor, ']')) throw unexpected(cursor);
}

/** Steps over a string; returns whether it holds an escape. */
function scanString(cursor: Cursor): boolean {
  const { text } = cursor;
  let escaped = false;
  for (let at = cursor.at + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      cursor.at = at + 1;
      return escaped;
    }
    if (code < 0x20) throw strictJsonError('has a control character in a string', at);
    if (code === 0x5c) {
      escaped = true;
      at++;
      const hex = text[at] === 'u' ? text.slice(at + 1, at + 5) : undefined;
      if (at >= text.length || (hex !== undefined && hex.length < 4 && /^[\da-f]*$/i.test(hex))) break;
      if (hex !== undefined && /^[\da-f]{4}$/i.test(hex)) at += 4;
      else if (!'"\\/bfnrt'.includes(text.charAt(at))) throw strictJsonError('has a bad escape', at - 1);
    }
  }
  throw strictJsonError(TOO_SHORT, text.length);
}

function scanNumber(cursor: Cursor): void {
  NUMBER.lastIndex = cursor.at;
  const literal = NUMBER.exec(cursor.text)?.[0];
  if (literal === undefined || '.eE'.includes(cursor.text[cursor.at + literal.length] ?? ' ')) {
    CUT_NUMBER.lastIndex = cursor.at;
    throw unexpected(cursor, CUT_NUMBER.test(cursor.text));
  }
  if (!numberSurvives(literal)) lose(cursor, 'has a number that would lose digits', cursor.at);
  cursor.at += literal.length;
}

function lose({ flaws, path }: Cursor, message: string, at: number): void {
  if (flaws === undefined || flaws.length === MAX_FLAWS) throw strictJsonError(message, at);
  flaws.push({ path: [...path], message });
}

function scanWord(cursor: Cursor, word: string): void {
  const { text, at } = cursor;
  if (!text.startsWith(word, at)) throw unexpected(cursor, word.startsWith(text.slice(at)));
  cursor.at += word.length;
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    cursor.at++;
  }
}

function took(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at++;
  return true;
}

/** The error at the cursor; `isCut` where all that is left of the text is the beginning of what was due. */
function unexpected({ text, at }: Cursor, isCut: boolean = at >= text.length): Error {
  return isCut ? strictJsonError(TOO_SHORT, text.length) : strictJsonError('is not JSON', at);
}

/** Why a JSON text was refused; the message never quotes the text, and `at` is an offset into it in UTF-16 units. */
interface StrictJsonError extends Error {
  readonly name: 'StrictJsonError';
  readonly at: number;
}

export function strictJsonError(message: string, at: number): StrictJsonError {
  return Object.assign(new Error(message), { name: 'StrictJsonError' as const, at });
}

export function isStrictJsonError(thrown: unknown): thrown is StrictJsonError {
  return (thrown as StrictJsonError | null | undefined)?.name === 'StrictJsonError';
}
