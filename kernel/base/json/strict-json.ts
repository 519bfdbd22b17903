import { type JsonFlaw, scanJson, strictJsonError } from './json-scanner.ts';
import { isLossless } from './lossless.ts';

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
