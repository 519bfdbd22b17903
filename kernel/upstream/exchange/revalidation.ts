import type { Condition } from '#kernel/cache/entry.ts';
import type { WireResponse } from './transport.ts';

/** A cached value, and how its upstream is asked whether it is still current. */
export interface Revalidation {
  readonly value: unknown;
  /** Bytes of the answer that it came from, decoded. */
  readonly size: number;
  readonly condition: Condition;
  /** The answer as masked JSON, where requests are captured. */
  readonly answer: string | undefined;
}

const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,254}"$/;
const DATE = /^[\x20-\x7e]{1,40}$/;

/** The condition under which the upstream is asked for a newer answer; undefined if this one names no version. */
export function conditionFor(response: WireResponse): Condition | undefined {
  const etag = response.field('etag');
  if (etag !== undefined) return ETAG.test(etag) ? ['if-none-match', etag] : undefined;
  const date = response.field('last-modified');
  return date !== undefined && DATE.test(date) ? ['if-modified-since', date] : undefined;
}
