import { parseStrictJson } from '#kernel/base/json/strict-json.ts';
import { refused } from './refused.ts';

/** The engine takes more, but a deeper schema is unreadable, and the formatter needs hours for its reshape. */
const LIMITS = { depth: 10 };

/** A sample, read as strictly as an upstream's answer will be, doubled keys and lossy numbers included. */
export function parseSample(text: string): unknown {
  try {
    return parseStrictJson(text.replace(/^\uFEFF/, ''), LIMITS);
  } catch (error) {
    throw refused(`The sample can't be used: it ${(error as Error).message}.`);
  }
}
