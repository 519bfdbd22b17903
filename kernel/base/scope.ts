import { hash } from 'node:crypto';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';

/** Who may see a value: everyone, or one principal. Part of every key of the engine. */
export type Scope = 'public' | `user:${string}` | `guest:${string}`;

export const PUBLIC: Scope = 'public';

const USER = 'user:';

/**
 * The scope of one principal, by a hash of issuer and subject, since subjects are unique only within an issuer: scopes
 * stand in keys, tags and logs that are stored, where the subject must not be read. A reader who knows a subject can
 * compute its scope.
 */
export function userScope(issuer: string, subject: string): Scope {
  return `${USER}${hash('sha256', USER + lengthPrefixed([issuer, subject]), 'base64url')}`;
}

/** The part of a principal's scope that may be given to third parties, and leads back to it. */
export const pseudonymOf = (scope: Scope): string => scope.slice(scope.indexOf(':') + 1);

/** The scope of a principal by its pseudonym; undefined for a text that can be none. */
export const scopeOfPseudonym = (text: string): Scope | undefined =>
  /^[\w-]{43}$/.test(text) ? `${USER}${text}` : undefined;

/** The scope of a browser that has not signed in, by the hash of its session's id. */
export function guestScope(hash: string): Scope {
  return `guest:${hash}`;
}
