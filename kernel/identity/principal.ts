import { PUBLIC, type Scope, userScope } from '#kernel/base/scope.ts';
import { makeOwn, type Own } from './own.ts';

/** Who is asking. */
export type Principal = Anonymous | Known;

export interface Anonymous {
  readonly kind: 'anonymous';
}

/** A browser session or a mobile bearer whose credential was checked. */
export interface Known {
  readonly kind: 'session' | 'bearer';
  readonly issuer: string;
  readonly subject: string;
  /** The credential that goes upstream where a menu asks for the user's own. */
  readonly token?: string;
}

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };

export function scopeOf(principal: Principal): Scope {
  return principal.kind === 'anonymous' ? PUBLIC : userScope(principal.issuer, principal.subject);
}

/** The principal's own id, as calls take it. What is made with it is private. */
export function own<Name extends string>(name: Name, principal: Known): Own<Name> {
  return makeOwn(name, principal.subject, scopeOf(principal));
}

/** Headers that identify a caller. Names in lower case. */
export type CredentialHeaders = Readonly<Record<'authorization' | 'cookie', string | undefined>>;

/**
 * The port through which a host learns who is asking. `refused` is a credential that was presented and failed: a 401,
 * never anonymous.
 */
export type Identify = (headers: CredentialHeaders) => Promise<Principal | 'refused'> | Principal | 'refused';

/** Until somebody can check credentials: no bearer is believed, cookies mean nothing. */
export const identifyNobody: Identify = ({ authorization }) => (authorization === undefined ? ANONYMOUS : 'refused');
