import type { Representation } from '#kernel/cache/composite.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { bodyEtag, type Coding, codedEtag, plainEtag } from './etag.ts';
import { vary } from './head.ts';

/** What we call JSON is never taken for a page (WHATWG Fetch, `nosniff`). */
export const NOSNIFF = ['X-Content-Type-Options', 'nosniff'] as const;

/** The plain representation of a JSON answer (RFC 9110 §3.2). */
export function represent(
  contract: Contract,
  cacheControl: string,
  bytes: Uint8Array,
  etag: string = bodyEtag(bytes),
): Representation {
  const unchanged = ['ETag', etag, 'Cache-Control', cacheControl, 'Vary', vary(contract)];
  return { bytes, etag, head: withBody(unchanged, bytes), unchanged };
}

/** The same answer under a coding. */
export function encoded(identity: Representation, coding: Coding, bytes: Uint8Array): Representation {
  const etag = codedEtag(plainEtag(identity.etag), coding);
  const unchanged = identity.unchanged.map((value, index) => (identity.unchanged[index - 1] === 'ETag' ? etag : value));
  return { bytes, etag, head: [...withBody(unchanged, bytes), 'Content-Encoding', coding], unchanged };
}

function withBody(head: readonly string[], bytes: Uint8Array): string[] {
  return ['Content-Type', 'application/json', 'Content-Length', String(bytes.length), ...NOSNIFF, ...head];
}
