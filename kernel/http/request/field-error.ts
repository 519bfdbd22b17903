import type { z } from 'zod';
import type { FieldError, FieldLocation } from '#kernel/contract/problem.ts';

/** The issues of a zod parse of `value` as field errors; `locationOf` says where the field with this first key is. */
export function fieldErrors(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  locationOf: (first: string) => FieldLocation,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of issues) {
    const path = issue.path.map((key) => shorten(String(key)));
    const where = locationOf(path[0] ?? '');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        errors.push({
          in: where,
          path: [...path, shorten(key)].join('.'),
          message: 'is not known here',
          code: 'unknown',
        });
      }
    } else if (isAbsent(value, issue.path) && issue.message.startsWith('Invalid ')) {
      errors.push({ in: where, path: path.join('.'), message: 'is required', code: 'required' });
    } else {
      errors.push({ in: where, path: path.join('.'), message: wordsFor(issue), code: issue.code ?? 'custom' });
    }
  }
  return errors;
}

/** What zod expects, in words for people. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

/** People read this beside what they have typed; zod's own words are for programmers. A schema's own are left. */
function wordsFor(issue: z.core.$ZodIssue): string {
  if (!/^(?:Invalid |Too (?:small|big): )/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'too_small':
      return isCounted(issue.origin) && Number(issue.minimum) === 1
        ? 'must not be empty'
        : bound('least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('most', issue.maximum, issue.origin);
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return `must have the format ${issue.format.replaceAll('_', ' ')}`;
    default:
      return 'is not as it should be';
  }
}

const isCounted = (origin: string) => origin === 'string' || origin === 'array';

function bound(which: 'least' | 'most', limit: number | bigint, origin: string): string {
  if (!isCounted(origin)) return `must be at ${which} ${limit}`;
  return `must have at ${which} ${limit} ${origin === 'string' ? 'characters' : 'items'}`;
}

/** A name that came from outside, cut to what is worth repeating. */
export function shorten(name: string): string {
  return name.length > 64 ? `${name.slice(0, 63)}…` : name;
}

function isAbsent(value: unknown, path: readonly PropertyKey[]): boolean {
  let current = value;
  for (const key of path) {
    const record = asRecord(current);
    if (record === undefined || !Object.hasOwn(record, key)) return true;
    current = record[key as string];
  }
  return current === undefined;
}

/** The value as a record, arrays included; undefined if it is no object. */
function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/**
 * The candidate that is nearest to a mistyped word, at most two edits away (one for short words); undefined if none is
 * near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = word.length > 64 ? 0 : word.length < 5 ? 2 : 3;
  const lower = word.toLowerCase();
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Insertions, deletions and replacements between two words (Levenshtein), row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
