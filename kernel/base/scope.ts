import { lengthPrefixed } from '#kernel/base/json/canonical.ts';

/** Whom a value may be shown to: everyone, or one principal. Part of every key of the engine. */
export type Scope = 'public' | `user:${string}` | `guest:${string}`;

export const PUBLIC: Scope = 'public';

/** The scope of one principal: issuer and subject together, since subjects are unique only within an issuer. */
export function userScope(issuer: string, subject: string): Scope {
  return `user:${lengthPrefixed([issuer, subject])}`;
}

/** The scope of a browser that has not signed in, by the hash of its session's id. */
export function guestScope(hash: string): Scope {
  return `guest:${hash}`;
}
