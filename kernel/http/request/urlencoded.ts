import { shorten } from './field-error.ts';
import { isPlain, NOT_PLAIN } from './plain-text.ts';

/** One thing wrong with a pair, under the name of its key as far as that could be read. */
interface PairIssue {
  readonly key: string;
  readonly message: string;
  readonly code: 'bad-escape' | 'control-character' | 'empty-name' | 'too-many';
}

interface Pairs {
  readonly pairs: [key: string, value: string][];
  readonly issues: PairIssue[];
}

/** How strictly to read: at most so many pairs, and whether values may hold tabs and line breaks, as a textarea's do. */
interface PairRules {
  readonly max: number;
  readonly lines: boolean;
}

/** Reads `a=1&b=2` (WHATWG application/x-www-form-urlencoded) with fatal UTF-8; empty pairs are nothing, bad ones become issues. */
export function readPairs(text: string, rules: PairRules): Pairs {
  const pairs: [string, string][] = [];
  const issues: PairIssue[] = [];
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('&', start);
    const end = found < 0 ? text.length : found;
    if (end > start) {
      if (pairs.length + issues.length >= rules.max) {
        issues.push({ key: '', message: `has more than ${rules.max} fields`, code: 'too-many' });
        break;
      }
      readPair(text.slice(start, end), rules.lines, pairs, issues);
    }
    start = end + 1;
  }
  return { pairs, issues };
}

function readPair(pair: string, lines: boolean, pairs: [string, string][], issues: PairIssue[]): void {
  const equals = pair.indexOf('=');
  const rawKey = equals < 0 ? pair : pair.slice(0, equals);
  const key = decode(rawKey);
  const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
  const name = shorten((key ?? rawKey).replace(CONTROLS, '?'));
  if (key === undefined || value === undefined) {
    issues.push({ key: name, message: 'is not percent-encoded UTF-8', code: 'bad-escape' });
  } else if (!isPlain(key, false) || !isPlain(value, lines)) {
    issues.push({ key: name, ...NOT_PLAIN });
  } else if (key === '') issues.push({ key: '', message: 'has a value without a name', code: 'empty-name' });
  else pairs.push([key, value]);
}

const CONTROLS = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** The text that `+` and percent escapes stand for; undefined when they give no UTF-8, or when something is not escaped that must be. */
function decode(raw: string): string | undefined {
  if (/^[\w.~-]*$/.test(raw)) return raw;
  if (/[^!-~]/.test(raw)) return undefined;
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
