import { guestScope, PUBLIC, type Scope, userScope } from '#kernel/base/scope.ts';
import { makePrivateId, type PrivateId, plainOf } from './private-id.ts';

/** The sender of a request. */
export type Principal = Anonymous | Guest | Authenticated;

export interface Anonymous {
  readonly kind: 'anonymous';
}

/** A browser that has stored something before signing in. Only operations that ask for guests see one. */
export interface Guest {
  readonly kind: 'guest';
  readonly id: PrivateId<'principal'>;
  /** The hash under which its session is stored. */
  readonly session: string;
}

/** A browser session or a mobile bearer whose credential was checked. Its ids can't become plain text by accident. */
export interface Authenticated {
  readonly kind: 'session' | 'bearer';
  readonly id: PrivateId<'principal'>;
  /**
   * Gives the bearer token for calls with the user's own credential. Called with a token that an upstream has refused,
   * it gives another if there is one.
   */
  readonly credential?: (refused?: string) => Promise<string>;
  /** Identifies this credential among others of the same subject: their rights and lifetimes differ. */
  readonly credentialId?: string;
  /** The browser session of the request, by the hash under which it is stored. */
  readonly session?: string;
  /** The guest that this browser was before, where what it had put aside is still to be taken over. */
  readonly guest?: PrivateId<'guest'>;
}

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };

/** What a principal brings. `name` is what upstreams call it that trust us: its subject if not given. */
interface CredentialDetails extends Pick<Authenticated, 'credential' | 'credentialId'> {
  readonly name?: string;
}

/** A principal by its issuer and its subject, since subjects are unique only within an issuer. */
export function authenticated(
  kind: Authenticated['kind'],
  issuer: string,
  subject: string,
  { credential, credentialId = '', name = subject }: CredentialDetails = {},
): Authenticated {
  const id = makePrivateId('principal', name, userScope(issuer, subject));
  return credential === undefined ? { kind, id } : { kind, id, credential, credentialId };
}

export function guest(hash: string): Guest {
  return { kind: 'guest', id: makePrivateId('principal', guestName(hash), guestScope(hash)), session: hash };
}

/** What upstreams call a guest. */
export const guestName = (hash: string): string => `guest-${hash}`;

/** Whether the principal has signed in. Only then can it be counted by: other identities can be had for free. */
export const isAuthenticated = (principal: Principal): principal is Authenticated =>
  principal.kind === 'session' || principal.kind === 'bearer';

export function scopeOf(principal: Principal): Scope {
  return principal.kind === 'anonymous' ? PUBLIC : principal.id.scope;
}

/** What gives the token of a principal that has one. */
export function credentialOf(principal: Principal): Authenticated['credential'] {
  return 'credential' in principal ? principal.credential : undefined;
}

/** What identifies a principal's credential among others of the same subject. */
export function credentialIdOf(principal: Principal): string {
  return ('credentialId' in principal && principal.credentialId) || '';
}

/** The principal's own id under the name that calls give it. What is made with it is private. */
export function privateId<Name extends string>(name: Name, { id }: Guest | Authenticated): PrivateId<Name> {
  return makePrivateId(name, plainOf(id), id.scope);
}

/** Headers that identify a caller. Names in lower case. */
type CredentialHeaders = Readonly<Record<'authorization' | 'cookie', string | undefined>>;

/**
 * - `refused`: a bearer was presented and failed: a 401, never anonymous
 * - `ended`: the cookie names a session that is gone: anonymous, and the cookie is removed
 * - `two-credentials`: a cookie and a bearer at once: which one counts is ambiguous
 */
export type Identified = Principal | 'refused' | 'ended' | 'two-credentials';

/**
 * The port through which a host identifies the principal. A `peek` does not prolong the session. Rejects with a
 * StateError or a CallError if credentials can't be checked now.
 */
export type Identify = (headers: CredentialHeaders, how?: 'peek') => Promise<Identified> | Identified;
