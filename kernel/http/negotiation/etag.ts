import { hash } from 'node:crypto';

/** The content codings in which bytes are cached (RFC 9110 §8.4.1). */
export type Coding = 'br' | 'gzip';

/** A strong ETag of the bytes: 132 bits of SHA-256 in base64, which has no `-`, so no hash can look like a coded one. */
export function bodyEtag(bytes: Uint8Array): string {
  return `"${hash('sha256', bytes, 'base64').slice(0, 22)}"`;
}

/** The ETag of the same answer under a content coding: `"<hash>-br"` (RFC 9110 §8.8.3.3 wants them different). */
export function codedEtag(etag: string, coding: Coding): string {
  return `${etag.slice(0, -1)}-${coding}"`;
}

/** What is appended to the ETag of a coded answer: by us, Apache and lighttpd (`-br`), Jetty (`--br`), LiteSpeed (`;br`). */
const CODED = /(?:(?:--?|;)(?:br|(?:x-)?gzip|gz|bzip2|zstd|deflate|compress))+"$/i;

/** The ETag without its coding suffix, ours or a proxy's. */
export function plainEtag(etag: string): string {
  return etag.replace(CODED, '"');
}

/** Whether two strong ETags name the same answer, under whatever coding. */
export function sameEtag(a: string, b: string): boolean {
  return a === b || plainEtag(a) === plainEtag(b);
}

/**
 * The ETag of a versioned resource, `"<version>.<generation>"`: the upstream's version, escaped, and the hash of our view.
 * Throws a RangeError when the generation is not made of letters, digits and `_`.
 */
export function versionEtag(version: string | number, generation: string): string {
  if (!/^\w+$/.test(generation)) throw new RangeError(`"${generation}" is no generation: letters, digits and _ only`);
  return `"${encodeURIComponent(String(version).toWellFormed())}.${generation}"`;
}

/** The version in a versioned ETag, whatever its coding, ours or a proxy's; undefined for any other ETag. */
export function versionOf(etag: string): string | undefined {
  const plain = plainEtag(etag);
  const dot = plain.lastIndexOf('.');
  if (dot < 2 || !/^\w+$/.test(plain.slice(dot + 1, -1))) return undefined;
  try {
    return decodeURIComponent(plain.slice(1, dot));
  } catch {
    return undefined;
  }
}
