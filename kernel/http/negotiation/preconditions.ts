import { parseEntityTags } from './entity-tags.ts';
import { plainEtag, sameEtag, versionOf } from './etag.ts';

/** The conditions of a request; the date ones are not among them, because we never send Last-Modified (RFC 9110 §13.1.3-4). */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export type Verdict = 'proceed' | 'not-modified' | 'precondition-required' | 'precondition-failed';

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
 * The same for an unsafe method on a versioned resource: `etag` is its current one, undefined when it does not exist;
 * If-Match compares versions only, so that a weak tag does as well: what was compressed on the way comes back as one, and
 * names the version all the same. Where it is `required` (RFC 6585 §3) only `If-None-Match: *` stands in for it.
 * A caller that would answer 404 anyway asks nothing here (RFC 9110 §13.2.1).
 */
export function evaluateWrite(conditions: Conditions, etag: string | undefined, required: boolean): Verdict {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch === undefined && required && ifNoneMatch?.trim() !== '*') return 'precondition-required';
  if (ifMatch !== undefined) {
    if (etag === undefined) return 'precondition-failed';
    const version = versionOf(etag);
    const matches =
      version === undefined
        ? matchesStrongly(ifMatch, (tag) => sameEtag(tag, etag))
        : named(ifMatch, (tag) => versionOf(tag) === version);
    if (!matches) return 'precondition-failed';
  }
  if (ifNoneMatch === undefined || etag === undefined) return 'proceed';
  return matchesWeakly(ifNoneMatch, etag) ? 'precondition-failed' : 'proceed';
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

/** Whether any tag does, weak or strong; `*` does, since the resource exists. */
function named(ifMatch: string, matches: (etag: string) => boolean): boolean {
  const tags = parseEntityTags(ifMatch);
  return tags === '*' || (tags?.some((tag) => matches(tag.etag)) ?? false);
}

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
