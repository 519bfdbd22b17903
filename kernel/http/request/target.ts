import type { FieldError } from '#kernel/contract/problem.ts';
import { shorten } from './field-error.ts';
import { readPairs } from './urlencoded.ts';

/**
 * The one spelling of a request target, where this is another: Next sends 308 for doubled and trailing slashes before
 * any route sees them, and the host that has no Next in front does as Next does. Undefined where nothing is to change.
 */
export function canonicalTarget(target: string): string | undefined {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  if (path.includes('//') || path.includes('\\')) return path.replaceAll(/[/\\]+/g, '/') + query;
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) + query : undefined;
}

/** A target in absolute form is taken for its path (RFC 9112 §3.2.2); any other stands as it came. */
export function originForm(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

/** Longer targets are a 414 and read no further; RFC 9110 §4.1 wants 8,000 octets at least. */
const MAX_LENGTH = 8_192;
const MAX_KEYS = 32;
const RESERVED = ['scenario', '_method'] as const;
/** The one list of ours, as clients write lists: with commas, as a repeated key, or with brackets, empty or with an index. */
const PARTS = /^parts(?:\[\d*\])?$/;

/** A request target taken apart; `path` is as it came, undecoded, and `query` has no prototype. */
export interface ReadTarget {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The names in `?parts=`, as they come, however often it is given and with whatever index; empty when it asks for none. */
  readonly parts?: readonly string[];
  readonly scenario?: string;
  /** What a form's POST stands for. */
  readonly method?: string;
  readonly issues: readonly FieldError[];
  /** Set when the target is to be answered with 414; nothing else was read then. */
  readonly tooLong: boolean;
}

/** Takes a raw request target apart; a fragment is dropped as the URL standard does, and each thing wrong is one issue. */
export function readQuery(rawTarget: string): ReadTarget {
  const query: Record<string, string> = Object.create(null);
  if (rawTarget.length > MAX_LENGTH) return { path: '', query, issues: [], tooLong: true };
  const hash = rawTarget.indexOf('#');
  const target = hash < 0 ? rawTarget : rawTarget.slice(0, hash);
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const issues: FieldError[] = [];
  if (!path.startsWith('/') && path !== '*') {
    issues.push({ in: 'path', path: '', message: 'must start with a slash', code: 'target-form' });
  }
  if (mark < 0) return { path, query, issues, tooLong: false };

  const read = readPairs(target.slice(mark + 1), { max: MAX_KEYS, lines: false });
  for (const { key, message, code } of read.issues) issues.push({ in: 'query', path: key, message, code });
  const repeated = new Set<string>();
  let parts: string[] | undefined;
  for (const [key, value] of read.pairs) {
    if (PARTS.test(key)) {
      parts ??= [];
      if (value !== '') parts.push(...value.split(','));
    } else if (!Object.hasOwn(query, key)) query[key] = value;
    else if (!repeated.has(key)) {
      repeated.add(key);
      issues.push({ in: 'query', path: shorten(key), message: 'is given more than once', code: 'repeated' });
    }
  }
  const { scenario, _method: method } = query;
  for (const key of RESERVED) delete query[key];
  return {
    path,
    query,
    issues,
    tooLong: false,
    ...(parts !== undefined && { parts }),
    ...(scenario !== undefined && { scenario }),
    ...(method !== undefined && { method }),
  };
}
