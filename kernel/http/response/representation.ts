import type { Representation } from '#kernel/cache/cached-response.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { bodyEtag, type Coding, codedEtag, plainEtag } from '#kernel/http/negotiation/etag.ts';
import { APP_VERSION } from './app-version.ts';

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

/** What a client and the caches on its way may do with an answer (RFC 9111). */
export function cacheControl(contract: Contract, state: { degraded: boolean; lane: boolean }): string {
  if (state.degraded || state.lane) return 'no-store';
  // The client's own device may store it, and revalidates it with us before it is shown.
  if (contract.audience !== 'public') return 'private, no-cache';
  // A 304 costs us microseconds, and the cache of a browser or of an unknown proxy can't be purged: `cdn-fields.ts` has
  // what can.
  return 'public, no-cache';
}

/** The request headers that an answer depends on (RFC 9110 §12.5.5). */
function vary({ audience, apps, headers = [] }: Contract): string {
  // On a personal answer as well: a browser that is shared must not take one's for another's.
  const identity = audience === 'public' ? [] : ['Authorization', 'Cookie'];
  const build = apps ? [APP_VERSION] : [];
  // Every read is there as an event stream as well.
  return ['Accept', 'Accept-Encoding', ...identity, ...build, ...headers].join(', ');
}
