import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallError, callError } from '#kernel/base/call-error.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { isStateError } from '#kernel/state/state.ts';
import {
  endSession,
  type FoundSession,
  type Session,
  type Sessions,
  saveSession,
  sessionAt,
  type Tokens,
  tokensOf,
} from './session.ts';

/** A token is renewed once so much of its life has passed. */
const RENEW_AT = 0.8;
/** A holder of the lease that takes longer than this counts as dead. */
const LEASE = 10_000;
const POLL_INTERVAL_MS = 25;
/** Milliseconds without another attempt after a failure, while the old token still works. */
const REST = 10_000;
/** New tokens that can not be written down are lost, and the old ones are spent: it is tried more than once. */
const SAVE_TRIES = 3;
const SAVE_AGAIN = 100;

/** The issuer's endpoints for refresh tokens. */
export interface Grants {
  /** Throws `InvalidGrant` where the issuer says that there is no such session any more. */
  renew(refreshToken: string): Promise<Tokens>;
  revoke(refreshToken: string): Promise<void>;
}

/** The issuer has ended the grant: it can't be renewed. */
interface InvalidGrant extends Error {
  readonly kind: 'invalid-grant';
}

export function invalidGrant(cause: unknown): InvalidGrant {
  return Object.assign(new Error('the grant has ended', { cause }), { kind: 'invalid-grant' as const });
}

const isInvalidGrant = (thrown: unknown): thrown is InvalidGrant =>
  (thrown as InvalidGrant | null | undefined)?.kind === 'invalid-grant';

/**
 * The access token of a session, renewed before it expires. However many requests need it, in this process and others,
 * it is renewed once; they use the old token meanwhile. An unreachable issuer ends nothing. `invalid_grant`, or tokens
 * that can't be read, end the session. A token that an upstream has `refused` is renewed early. Throws CallErrors.
 */
export async function accessTokenOf(
  sessions: Sessions,
  found: FoundSession,
  grants: Grants,
  refused?: string,
): Promise<string> {
  try {
    return await (refused === undefined
      ? currentToken(sessions, found, grants)
      : otherToken(sessions, found.hash, grants, refused));
  } catch (thrown) {
    if (!isStateError(thrown)) throw thrown;
    throw callError('unavailable', 'the token of the session can not be had', { store: true, cause: thrown });
  }
}

async function currentToken(sessions: Sessions, found: FoundSession, grants: Grants): Promise<string> {
  const { hash } = found;
  const tokens = tokensOf(sessions, found);
  if (tokens === undefined) throw await ended(sessions, hash, 'its tokens can not be read');
  const alive = isAlive(tokens, sessions.now());
  if (tokens.refresh === undefined && !alive) throw await ended(sessions, hash, 'its token has ended');
  if (tokens.refresh === undefined || !isDue(tokens, sessions.now())) return tokens.access;
  const flights = processSingleton('renewals', () => new Map<string, Promise<string>>());
  const underWay = flights.get(hash);
  if (underWay) return alive ? tokens.access : underWay;
  const flight = renewOnce(sessions, hash, grants).finally(() => flights.delete(hash));
  flights.set(hash, flight);
  return flight;
}

/** Another token than the refused one, if there is one; if the new one is refused as well, the session is marked. */
async function otherToken(sessions: Sessions, hash: string, grants: Grants, refused: string): Promise<string> {
  const found = await sessionAt(sessions, hash);
  const tokens = found && tokensOf(sessions, found);
  if (found === undefined || tokens === undefined) throw signedOut('it has ended');
  if (tokens.access !== refused) return tokens.access;
  const forced = processSingleton('forced renewals', () => new Map<string, number>());
  const now = sessions.now();
  for (const [one, at] of forced) if (now - at > REST) forced.delete(one);
  const flights = processSingleton('renewals', () => new Map<string, Promise<string>>());
  if (!forced.has(hash) && tokens.refresh !== undefined) {
    forced.set(hash, now);
    const flight = renewOnce(sessions, hash, grants, refused).finally(() => flights.delete(hash));
    flights.set(hash, flight);
  }
  const underWay = flights.get(hash);
  if (underWay) return underWay;
  if (found.session.refusedAt === undefined)
    await saveSession(sessions, { ...found, session: { ...found.session, refusedAt: now } });
  return refused;
}

async function renewOnce(sessions: Sessions, hash: string, grants: Grants, refused?: string): Promise<string> {
  const { state, now } = sessions;
  const lease = `renewal:${hash}`;
  const leaseId = randomUUID();
  const until = now() + LEASE;
  for (;;) {
    const { tokens } = await latest(sessions, hash);
    if (!isDue(tokens, now()) && tokens.access !== refused) return tokens.access;
    if ((await state.claim(lease, leaseId, { ttl: LEASE })) === undefined) {
      let rest = 0;
      try {
        const renewed = await renewUnderLease(sessions, hash, grants, refused);
        rest = renewed.rest;
        return renewed.access;
      } finally {
        await leave(sessions, lease, leaseId, rest);
      }
    }
    if (isAlive(tokens, now())) return tokens.access;
    if (now() > until) throw callError('unavailable', 'the renewal of the token takes too long');
    await sleep(POLL_INTERVAL_MS);
  }
}

/** Under the lease, read again: another process may have renewed it between our read and our claim. */
async function renewUnderLease(
  sessions: Sessions,
  hash: string,
  grants: Grants,
  refused: string | undefined,
): Promise<{ readonly access: string; readonly rest: number }> {
  const { found, tokens } = await latest(sessions, hash);
  if (!isDue(tokens, sessions.now()) && tokens.access !== refused) return { access: tokens.access, rest: 0 };
  let renewed: Tokens;
  try {
    renewed = await grants.renew(tokens.refresh);
  } catch (thrown) {
    if (isInvalidGrant(thrown)) throw await ended(sessions, hash, 'the issuer has ended it');
    const left = tokens.expiresAt - sessions.now();
    if (left > 0) return { access: tokens.access, rest: Math.min(REST, left) };
    throw callError('unavailable', 'the token could not be renewed', { cause: thrown });
  }
  if (await saveTokens(sessions, found, renewed)) return { access: renewed.access, rest: 0 };
  // Signed out meanwhile: the new tokens must not be used.
  if (renewed.refresh !== undefined) await grants.revoke(renewed.refresh).catch(() => undefined);
  throw signedOut('it has ended meanwhile');
}

/** A session with tokens that can be renewed, as it is now. */
async function latest(
  sessions: Sessions,
  hash: string,
): Promise<{ readonly found: FoundSession; readonly tokens: Tokens & { readonly refresh: string } }> {
  const found = await sessionAt(sessions, hash);
  const tokens = found && tokensOf(sessions, found);
  if (found === undefined || tokens?.refresh === undefined) throw signedOut('it has ended');
  return { found, tokens: { ...tokens, refresh: tokens.refresh } };
}

/** Whether new tokens got in: a use may have been written meanwhile, but a session that has ended takes none. */
async function saveTokens(sessions: Sessions, found: FoundSession, tokens: Tokens): Promise<boolean> {
  const sealed = sessions.seal.seal(JSON.stringify(tokens), found.hash);
  let current: FoundSession | undefined = found;
  for (let tries = 1; current !== undefined; ) {
    try {
      const saved = await saveSession(sessions, { ...current, session: withTokens(current.session, sealed) });
      if (saved !== undefined) return true;
      current = await sessionAt(sessions, found.hash);
    } catch (thrown) {
      if (++tries > SAVE_TRIES) throw thrown;
      await sleep(SAVE_AGAIN);
    }
  }
  return false;
}

const withTokens = ({ refusedAt, ...session }: Session, tokens: string): Session => ({ ...session, tokens });

/** Gives a lease up, or holds it for a pause, if it is still ours: a slow process may find another's in its place. */
async function leave({ state }: Sessions, lease: string, leaseId: string, rest: number): Promise<void> {
  try {
    const stored = await state.get(lease);
    if (stored?.value !== leaseId) return;
    if (rest > 0) await state.swap(lease, stored.version, leaseId, { ttl: rest });
    else await state.remove(lease, stored.version);
  } catch (thrown) {
    // It runs out by itself.
    if (!isStateError(thrown)) throw thrown;
  }
}

const isAlive = ({ expiresAt }: Tokens, now: number): boolean => now < expiresAt;

function isDue({ obtainedAt, expiresAt }: Tokens, now: number): boolean {
  return now >= obtainedAt + (expiresAt - obtainedAt) * RENEW_AT;
}

/** Ends a session that has become useless, so that it does not look alive. */
async function ended(sessions: Sessions, hash: string, why: string): Promise<CallError> {
  await endSession(sessions, hash);
  return signedOut(why);
}

const signedOut = (why: string) =>
  callError('denied', `the session can not be used: ${why}`, { credential: 'user', status: 401 });
