import type { Representation } from '#kernel/cache/cached-response.ts';
import { type Language, languageOf } from '#kernel/contract/language.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { bodyEtag, type Coding, codedEtag, plainEtag } from '#kernel/http/negotiation/preconditions.ts';
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

/** The representation with its language named, where it was chosen among several (RFC 9110 §8.5). */
export function withLanguage(representation: Representation, contract: Contract, input: unknown): Representation {
  const language = languageOf(contract);
  if (language === undefined) return representation;
  return { ...representation, head: [...representation.head, 'Content-Language', tagIn(input, language)] };
}

const tagIn = (input: unknown, { field, fallback }: Language): string =>
  (input as Readonly<Record<string, string>>)[field] ?? fallback;

/** The same answer under a coding. */
export function encoded(identity: Representation, coding: Coding, bytes: Uint8Array): Representation {
  const etag = codedEtag(plainEtag(identity.etag), coding);
  const length = String(bytes.length);
  const recoded = (fields: readonly string[]) =>
    fields.map((value, index) => {
      const name = index % 2 === 1 ? fields[index - 1] : undefined;
      return name === 'ETag' ? etag : name === 'Content-Length' ? length : value;
    });
  const head = [...recoded(identity.head), 'Content-Encoding', coding];
  return { bytes, etag, head, unchanged: recoded(identity.unchanged) };
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
function vary({ audience, apps, language, headers = [] }: Contract): string {
  // On a personal answer as well: a browser that is shared must not take one's for another's.
  const identity = audience === 'public' ? [] : ['Authorization', 'Cookie'];
  const build = apps ? [APP_VERSION] : [];
  // Also if the query names the language: else a shared cache could give this answer to a request without it.
  const tongue = language ? ['Accept-Language'] : [];
  // Every read is there as an event stream as well.
  return ['Accept', 'Accept-Encoding', ...tongue, ...identity, ...build, ...headers].join(', ');
}
