import { PUBLIC, type Scope, userScope } from '#kernel/base/scope.ts';
import { makeOwn, type Own, plainOf } from './own.ts';

/** Who is asking. */
export type Principal = Anonymous | Known;

export interface Anonymous {
  readonly kind: 'anonymous';
}

/** A browser session or a mobile bearer whose credential was checked. Nothing of it is plain text by accident. */
export interface Known {
  readonly kind: 'session' | 'bearer';
  readonly id: Own<'principal'>;
  /** Gives the bearer token that goes upstream where a menu asks for the user's own. */
  readonly credential?: () => Promise<string>;
}

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };

/** A principal by its issuer and its subject, since subjects are unique only within an issuer. */
export function known(kind: Known['kind'], issuer: string, subject: string, credential?: Known['credential']): Known {
  const id = makeOwn('principal', subject, userScope(issuer, subject));
  return credential === undefined ? { kind, id } : { kind, id, credential };
}

export function scopeOf(principal: Principal): Scope {
  return principal.kind === 'anonymous' ? PUBLIC : principal.id.scope;
}

/** The principal's own id under the name that calls give it. What is made with it is private. */
export function own<Name extends string>(name: Name, { id }: Known): Own<Name> {
  return makeOwn(name, plainOf(id), id.scope);
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
