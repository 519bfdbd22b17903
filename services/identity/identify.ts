import { type CookieJar, cookieOf, SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { findGuest, isGuestId } from '#kernel/identity/guest.ts';
import {
  ANONYMOUS,
  type Authenticated,
  authenticated,
  guestName,
  type Identified,
  type Identify,
  scopeOf,
} from '#kernel/identity/principal.ts';
import { makePrivateId } from '#kernel/identity/private-id.ts';
import { findSession, hashOf, type Sessions, sessionAt } from '#kernel/identity/session.ts';
import { accessTokenOf, type Grants } from './refresh.ts';
import { upstreamName } from './upstream-name.ts';

const BEARER = /^Bearer ([\w.~+/-]+=*)$/i;

interface Identifying {
  readonly cookies: CookieJar;
  readonly sessions: Sessions;
  readonly bearer: (token: string) => Promise<Authenticated | 'refused'>;
  readonly grants: Grants;
}

/** Identifies the principal by the session cookie of a browser or the bearer token of an app. */
export function createIdentify({ cookies, sessions, bearer, grants }: Identifying): Identify {
  const name = cookies.name(SESSION_COOKIE);
  return ({ authorization, cookie }, how): Identified | Promise<Identified> => {
    const id = cookieOf(cookie, name);
    if (authorization !== undefined) {
      if (id !== undefined) return 'two-credentials';
      const token = BEARER.exec(authorization)?.[1];
      return token === undefined ? 'refused' : bearer(token);
    }
    if (id === undefined) return ANONYMOUS;
    // Another path or host has set one beside ours: it is unknown which is ours.
    if (id === 'twice') return 'ended';
    return isGuestId(id) ? byGuest(sessions, id) : bySession(sessions, id, grants, how);
  };
}

async function bySession(sessions: Sessions, id: string, grants: Grants, how?: 'peek'): Promise<Identified> {
  const found = await (how === 'peek' ? sessionAt(sessions, hashOf(id)) : findSession(sessions, id));
  if (found === undefined) return 'ended';
  const { issuer, subject, guest } = found.session;
  const credential = (refused?: string) => accessTokenOf(sessions, found, grants, refused);
  const name = upstreamName(issuer, subject, true);
  const principal = authenticated('session', issuer, subject, { credential, credentialId: found.hash, name });
  const before = guest && { guest: makePrivateId('guest', guestName(guest), scopeOf(principal)) };
  return { ...principal, session: found.hash, ...before };
}

async function byGuest(sessions: Sessions, id: string): Promise<Identified> {
  return (await findGuest(sessions, id)) ?? 'ended';
}
