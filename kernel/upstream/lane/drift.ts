import type { z } from 'zod';
import type { SchemaViolation } from '#kernel/telemetry/trace.ts';

const CAPACITY = 1_000;
/** An upstream names its members as it likes. */
const MAX_PATH_LENGTH = 200;
const MAX_SAMPLE_LENGTH = 32;

/** One way in which an upstream's answers differ from our schema. Times are milliseconds since 1970. */
export interface Drift {
  readonly upstream: string;
  readonly call: string;
  /** `items[].price`: list positions are cut out, so that like drifts count as one. */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
  /** The shape of what came the first time: every letter is an x, every digit a 9. */
  readonly sample: string;
  count: number;
  readonly first: number;
  last: number;
}

export type DriftLedger = Map<string, Drift>;

/**
 * Records one drift, or counts it again, and returns it. Those that have not occurred for longest make room; their count
 * is 0 from then on. Of `value` only the shape is stored.
 */
export function noteDrift(
  ledger: DriftLedger,
  actual: Omit<Drift, 'sample' | 'count' | 'first' | 'last'>,
  value?: unknown,
): Drift {
  const path = actual.path.length > MAX_PATH_LENGTH ? `${actual.path.slice(0, MAX_PATH_LENGTH - 1)}…` : actual.path;
  const drift = { ...actual, path };
  const key = `${drift.upstream} ${drift.call} ${drift.path} ${drift.expected} ${drift.actual}`;
  const now = Date.now();
  const entry = ledger.get(key);
  if (entry) {
    entry.count++;
    entry.last = now;
    return entry;
  }
  if (ledger.size >= CAPACITY) makeRoom(ledger);
  const noted: Drift = { ...drift, sample: shapeOf(value), count: 1, first: now, last: now };
  ledger.set(key, noted);
  return noted;
}

/** Drops those that have not occurred for longest: a tenth at once, since they are looked through for it. */
function makeRoom(ledger: DriftLedger): void {
  const oldest = [...ledger].sort(([, a], [, b]) => a.last - b.last).slice(0, CAPACITY / 10);
  for (const [key, drift] of oldest) {
    ledger.delete(key);
    drift.count = 0;
  }
}

/** Records everything that zod found wrong with an answer, and returns it. */
export function noteIssues(
  ledger: DriftLedger,
  upstream: string,
  call: string,
  issues: readonly z.core.$ZodIssue[],
  answer: unknown,
): SchemaViolation[] {
  return issues.slice(0, 20).map((issue) => {
    const expected = expectedBy(issue);
    const value = at(answer, issue.path);
    const violation = { path: pathText(issue.path), expected, actual: kindOf(value) };
    noteDrift(ledger, { upstream, call, ...violation }, value);
    return violation;
  });
}

/** Records what was lost of an answer as it was read, and returns it. */
export function noteFlaw(
  ledger: DriftLedger,
  upstream: string,
  call: string,
  path: readonly PropertyKey[],
  actual: string,
): SchemaViolation {
  const violation = { path: pathText(path), expected: 'nothing that is lost', actual };
  noteDrift(ledger, { upstream, call, ...violation });
  return violation;
}

/**
 * Writes down a value that its schema lets through and that nothing can be made of: its member where the view says what
 * does not fit, else the kind of error.
 */
export function noteUnfit(
  ledger: DriftLedger,
  upstream: string,
  call: string,
  value: unknown,
  why: readonly z.core.$ZodIssue[] | unknown,
): void {
  const [issue] = Array.isArray(why) ? (why as z.core.$ZodIssue[]) : [];
  const found = issue && 'input' in issue ? pathTo(value, issue.input) : undefined;
  const expected = issue ? `${expectedBy(issue)} (${pathText(issue.path)})` : 'what can be shown';
  const actual = issue ? kindOf(found?.value ?? value) : ((why as Error | null)?.name ?? 'error');
  noteDrift(ledger, { upstream, call, path: found?.path ?? '', expected, actual }, found?.value);
}

/** Where a plain value stands within another. */
function pathTo(root: unknown, wanted: unknown, path = ''): { path: string; value: unknown } | undefined {
  if (root === null || typeof root !== 'object') return Object.is(root, wanted) ? { path, value: root } : undefined;
  for (const [key, part] of Object.entries(root)) {
    const below = Array.isArray(root) ? `${path}[]` : path === '' ? key : `${path}.${key}`;
    const found = pathTo(part, wanted, below);
    if (found) return found;
  }
  return undefined;
}

/** What would have fitted, in a word or two. */
function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  return 'expected' in issue ? String(issue.expected) : issue.code;
}

function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? '[]' : `${text === '' ? '' : '.'}${String(step)}`;
  return text;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let part = value;
  for (const step of path) part = (part as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return part;
}

/** What is needed to fix it, without personal data: `"1.299,00 EUR"` is `"9.999,99 xxx"`. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  if (value !== null && typeof value === 'object') return '{…}';
  if (value === undefined) return '';
  if (typeof value === 'string') return JSON.stringify(blank(value.slice(0, MAX_SAMPLE_LENGTH)));
  return typeof value === 'number' ? blank(String(value)) : String(value);
}

const blank = (text: string) => text.replace(/\p{L}/gu, 'x').replace(/\p{N}/gu, '9');

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
