import type { Representation } from '#kernel/cache/cached-response.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { bodyEtag, type Coding, codedEtag, plainEtag } from '#kernel/http/negotiation/etag.ts';
import { vary } from './head.ts';

/** The plain representation of a JSON answer (RFC 9110 §3.2); `fields` are those that any answer has. */
export function represent(
  contract: Contract,
  cacheControl: string,
  bytes: Uint8Array,
  etag: string = bodyEtag(bytes),
  fields: readonly string[] = [],
): Representation {
  const unchanged = ['ETag', etag, 'Cache-Control', cacheControl, 'Vary', vary(contract), ...fields];
  return { bytes, etag, head: withBody(unchanged, bytes), unchanged };
}

/** The same answer under a coding. */
export function encoded(identity: Representation, coding: Coding, bytes: Uint8Array): Representation {
  const etag = codedEtag(plainEtag(identity.etag), coding);
  const unchanged = identity.unchanged.map((value, index) => (identity.unchanged[index - 1] === 'ETag' ? etag : value));
  return { bytes, etag, head: [...withBody(unchanged, bytes), 'Content-Encoding', coding], unchanged };
}

function withBody(head: readonly string[], bytes: Uint8Array): string[] {
  return ['Content-Type', 'application/json', 'Content-Length', String(bytes.length), ...head];
}
