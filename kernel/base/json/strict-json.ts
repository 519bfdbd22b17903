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
  if (nestsDeeper(value, limits.depth)) {
    scanJson(text, limits.depth);
    throw strictJsonError('nests too deeply', 0);
  }
  // A text that comes back letter by letter cannot have lost anything; an escaped __proto__ does not come back so.
  if (text.includes('__proto__') || JSON.stringify(value) !== text)
    scanJson(text, limits.depth, { flaws, parsed: value });
  return value;
}

function nestsDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (nestsDeeper(item, depth - 1)) return true;
  } else {
    for (const key in value) if (nestsDeeper((value as Record<string, unknown>)[key], depth - 1)) return true;
  }
  return false;
}
