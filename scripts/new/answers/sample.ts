import { isStrictJsonError } from '#kernel/base/json/json-scanner.ts';
import { parseStrictJson } from '#kernel/base/json/strict-json.ts';
import { refused } from '../refused.ts';
import { looksLike } from '../shapes/looks-like.ts';

/** As deep as the engine reads an answer. */
const LIMITS = { depth: 64 };

/** An answer that was captured. */
export interface Sample {
  /** The text, sound. */
  readonly json: string;
  readonly value: unknown;
}

/** A sample, read more strictly than an upstream's answer will be: of a doubled key and a lossy number nothing can be said. */
export function parseSample(text: string): Sample {
  const json = text.replace(/^\uFEFF/, '');
  try {
    const value = parseStrictJson(json, LIMITS);
    const half = halfCharacter(value, '');
    if (half !== undefined)
      throw refused(`The sample can't be used: it has half a character (a lone surrogate) at ${half || 'its top'}.`);
    return { json, value };
  } catch (error) {
    if (!isStrictJsonError(error)) throw error;
    const { message, at } = error;
    const where = `line ${lineOf(json, at)}, column ${columnOf(json, at)}`;
    const limit = message.includes('nests')
      ? `, more than ${LIMITS.depth} levels, which is as deep as the engine reads`
      : '';
    const looks = message.includes('JSON') || message.includes('end') ? looksLike(json) : undefined;
    throw refused(`The sample can't be used: it ${message}${limit} (${where}).${looks ? ` ${looks}.` : ''}`);
  }
}

const lineOf = (text: string, at: number) => text.slice(0, at).split('\n').length;
const columnOf = (text: string, at: number) => at - text.lastIndexOf('\n', at - 1);

/** Where half of a character stands, which no UTF-8 can say and no tool of ours reads. */
function halfCharacter(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const found = key.isWellFormed() ? halfCharacter(member, at) : at.toWellFormed();
    if (found !== undefined) return found;
  }
  return undefined;
}
