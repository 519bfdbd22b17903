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

/** The conditions of a request; the date ones are not among them, because we never send Last-Modified (RFC 9110 §13.1.3-4). */
interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

type Verdict = 'proceed' | 'not-modified' | 'precondition-failed';

/**
 * The result of RFC 9110 §13.2.2 for a GET or HEAD whose answer would be 200 with this strong ETag: If-Match first
 * (strong, 412), then If-None-Match (weak, 304); a malformed If-None-Match is ignored, a malformed If-Match matches
 * nothing.
 */
export function evaluateRead(conditions: Conditions, etag: string): Verdict {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined && !matchesStrongly(ifMatch, (tag) => sameEtag(tag, etag))) return 'precondition-failed';
  return ifNoneMatch !== undefined && matchesWeakly(ifNoneMatch, etag) ? 'not-modified' : 'proceed';
}

/**
 * The versions that an If-Match names, for an upstream that does the comparing: `*`, or a list that is empty when nothing
 * in it can match (unversioned or malformed tags), which is a 412. Weak tags name their version too.
 */
export function versionsNamed(ifMatch: string): '*' | string[] {
  const tags = parseEntityTags(ifMatch);
  if (tags === '*') return '*';
  const versions: string[] = [];
  for (const { etag } of tags ?? []) {
    const version = versionOf(etag);
    if (version !== undefined && SENDABLE.test(version)) versions.push(version);
  }
  return versions;
}

/** What stands between the quotes of an entity-tag that is sent on (RFC 9110 §8.8.3); no upstream gave us another. */
const SENDABLE = /^[\x21\x23-\x7e]+$/;

/** Strong comparison (RFC 9110 §8.8.3.2): a weak tag never matches; `*` does, since the resource exists. */
function matchesStrongly(ifMatch: string, matches: (etag: string) => boolean): boolean {
  const tags = parseEntityTags(ifMatch);
  if (tags === '*') return true;
  return tags?.some((tag) => !tag.weak && matches(tag.etag)) ?? false;
}

/** Weak comparison (RFC 9110 §8.8.3.2), blind to coding suffixes; the common case, one tag and ours, parses nothing. */
function matchesWeakly(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag) return true;
  const tags = parseEntityTags(ifNoneMatch);
  if (tags === '*') return true;
  const plain = plainEtag(etag);
  return tags?.some((tag) => plainEtag(tag.etag) === plain) ?? false;
}

/** One entity-tag of If-Match or If-None-Match; `etag` has its quotes, but no `W/`. */
interface EntityTag {
  readonly weak: boolean;
  readonly etag: string;
}

/** Reads `*` or a list of entity-tags (RFC 9110 §8.8.3, §13.1.1), commas inside quotes included; undefined when malformed. */
export function parseEntityTags(field: string): '*' | EntityTag[] | undefined {
  if (field.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  let at = 0;
  let separated = true;
  while (at < field.length) {
    const character = field[at];
    if (character === ' ' || character === '\t') at++;
    else if (character === ',') {
      separated = true;
      at++;
    } else {
      const weak = field.startsWith('W/', at);
      const start = weak ? at + 2 : at;
      const end = endOfOpaque(field, start);
      if (!separated || end < 0) return undefined;
      tags.push({ weak, etag: field.slice(start, end) });
      separated = false;
      at = end;
    }
  }
  return tags.length > 0 ? tags : undefined;
}

/** Where the opaque-tag that starts here ends, or -1: a quote, any of %x21 %x23-7E %x80-FF, a quote. */
function endOfOpaque(field: string, start: number): number {
  if (field.charCodeAt(start) !== 0x22) return -1;
  for (let at = start + 1; at < field.length; at++) {
    const code = field.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code <= 0x20 || code === 0x7f || code > 0xff) return -1;
  }
  return -1;
}
