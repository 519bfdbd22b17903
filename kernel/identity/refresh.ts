import { setTimeout as sleep } from 'node:timers/promises';
import { fault } from '#kernel/base/fault.ts';
import { slot } from '#kernel/base/registry.ts';
import {
  endSession,
  type FoundSession,
  type Sessions,
  saveSession,
  sessionAt,
  type Tokens,
  tokensOf,
} from './session.ts';

/** A token is renewed once so much of its life has passed. */
const RENEW_AT = 0.8;
/** Whoever holds the lease longer than this is taken for dead. */
const LEASE = 10_000;
const LOOK_EVERY = 25;

/** The issuer's token endpoint. Throws `InvalidGrant` where it says that there is no such session any more. */
export type Renew = (refreshToken: string) => Promise<Tokens>;

/** The issuer has ended the grant: nobody can renew it. */
export interface InvalidGrant extends Error {
  readonly kind: 'invalid-grant';
}

export function invalidGrant(cause: unknown): InvalidGrant {
  return Object.assign(new Error('the grant has ended', { cause }), { kind: 'invalid-grant' as const });
}

const isInvalidGrant = (thrown: unknown): thrown is InvalidGrant =>
  (thrown as InvalidGrant | null | undefined)?.kind === 'invalid-grant';

/**
 * The access token of a session, renewed where it is about to end: once however many ask, in this process and in others.
 * An issuer that can't be reached ends nothing; `invalid_grant` ends the session. Throws faults.
 */
export async function accessTokenOf(sessions: Sessions, found: FoundSession, renew: Renew): Promise<string> {
  const tokens = tokensOf(sessions, found);
  if (tokens === undefined) throw signedOut('its tokens can not be read');
  if (!isDue(tokens, sessions.now()) || tokens.refresh === undefined) {
    if (tokens.expiresAt <= sessions.now()) throw signedOut('its token has ended');
    return tokens.access;
  }
  const flights = slot('renewals', () => new Map<string, Promise<string>>());
  const { hash } = found;
  const underWay = flights.get(hash);
  if (underWay) return underWay;
  const flight = renewOnce(sessions, hash, renew).finally(() => flights.delete(hash));
  flights.set(hash, flight);
  return flight;
}

async function renewOnce(sessions: Sessions, hash: string, renew: Renew): Promise<string> {
  const lease = `renewal:${hash}`;
  const until = sessions.now() + LEASE;
  for (;;) {
    const found = await sessionAt(sessions, hash);
    const tokens = found && tokensOf(sessions, found);
    if (found === undefined || tokens?.refresh === undefined) throw signedOut('it has ended');
    if (!isDue(tokens, sessions.now())) return tokens.access;
    if ((await sessions.state.claim(lease, 'held', { ttl: LEASE })) === undefined) {
      try {
        return await renewHeld(sessions, hash, renew);
      } finally {
        await sessions.state.remove(lease);
      }
    }
    if (sessions.now() > until) throw fault('unavailable', 'the renewal of the token takes too long');
    await sleep(LOOK_EVERY);
  }
}

/** Under the lease: looked at once more, for somebody may have renewed it between our look and our claim. */
async function renewHeld(sessions: Sessions, hash: string, renew: Renew): Promise<string> {
  const found = await sessionAt(sessions, hash);
  const tokens = found && tokensOf(sessions, found);
  if (found === undefined || tokens?.refresh === undefined) throw signedOut('it has ended');
  if (!isDue(tokens, sessions.now())) return tokens.access;
  try {
    const renewed = await renew(tokens.refresh);
    await saveTokens(sessions, found, renewed);
    return renewed.access;
  } catch (thrown) {
    if (isInvalidGrant(thrown)) {
      await endSession(sessions, hash);
      throw signedOut('the issuer has ended it');
    }
    if (tokens.expiresAt > sessions.now()) return tokens.access;
    throw fault('unavailable', 'the token could not be renewed', { cause: thrown as Error });
  }
}

/** A use may have been written meanwhile; the refresh token is spent, so that the new ones must get in. */
async function saveTokens(sessions: Sessions, found: FoundSession, tokens: Tokens): Promise<void> {
  const sealed = sessions.seal.seal(JSON.stringify(tokens), found.hash);
  let latest: FoundSession | undefined = found;
  while (latest !== undefined) {
    const saved = await saveSession(sessions, { ...latest, session: { ...latest.session, tokens: sealed } });
    if (saved !== undefined) return;
    latest = await sessionAt(sessions, found.hash);
  }
}

function isDue({ obtainedAt, expiresAt }: Tokens, now: number): boolean {
  return now >= obtainedAt + (expiresAt - obtainedAt) * RENEW_AT;
}

const signedOut = (why: string) =>
  fault('denied', `the session can not be used: ${why}`, { credential: 'user', status: 401 });
