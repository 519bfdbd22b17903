import { setTimeout as sleep } from 'node:timers/promises';
import { type CallError, callError } from '#kernel/base/call-error.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import {
  endSession,
  type FoundSession,
  MAX_LIFETIME,
  type Session,
  type Sessions,
  saveSession,
  sessionAt,
  type Tokens,
  tokensOf,
} from '#kernel/identity/session.ts';
import { isStateError } from '#kernel/state/state.ts';
import { claimLease, leaveLease, prolongLease, type RenewalLease } from './renewal-lease.ts';
import { allWritten, hasRoomForUnsaved, unsavedTokens, writeAnyway } from './unsaved-tokens.ts';

/** A token is renewed once so much of its life has passed. */
const RENEW_AT = 0.8;
/** How long a lease is claimed for. These three are in timeouts of a grant. */
const CLAIMED = 2;
/** How long it lasts once the grant is sent: no other process may send the old token, even if the store is away. */
const HELD = 10;
/** What must be left of it when the grant is sent: time for its answer, and to store that. */
const NEEDED = 2;
const POLL_INTERVAL_MS = 25;
/** Milliseconds without another attempt after a failure, while the old token still works. */
const REST = 10_000;

/** The issuer's endpoints for refresh tokens. */
export interface Grants {
  /** Milliseconds after which a renewal has failed. */
  readonly timeout: number;
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

/** The renewals under way in this process, by the hash of their session. */
const renewals = () => processSingleton('renewals', () => new Map<string, Promise<string>>());

/** Resolves once no renewal is under way and what they had to write is stored, or after so many milliseconds. */
export async function renewalsEnded(patience: number): Promise<void> {
  const done = new AbortController();
  const over = sleep(patience, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(renewals().values()).then(allWritten), over]);
  done.abort();
}

async function currentToken(sessions: Sessions, found: FoundSession, grants: Grants): Promise<string> {
  const { hash } = found;
  const unsaved = unsavedTokens(hash);
  const tokens = unsaved ?? tokensOf(sessions, found);
  if (tokens === undefined) throw await ended(sessions, hash, 'its tokens can not be read');
  const alive = isAlive(tokens, sessions.now());
  if (unsaved !== undefined && alive) return unsaved.access;
  if (tokens.refresh === undefined && !alive) throw await ended(sessions, hash, 'its token has ended');
  if (tokens.refresh === undefined || !isDue(tokens, sessions.now())) return tokens.access;
  const flights = renewals();
  const underWay = flights.get(hash);
  if (underWay) return alive ? tokens.access : underWay;
  const flight = renewOnce(sessions, hash, grants).finally(() => flights.delete(hash));
  flights.set(hash, flight);
  return flight;
}

/** Another token than the refused one, if there is one; if the new one is refused as well, the session is marked. */
async function otherToken(sessions: Sessions, hash: string, grants: Grants, refused: string): Promise<string> {
  const found = await sessionAt(sessions, hash);
  const tokens = found && newestTokens(sessions, found);
  if (found === undefined || tokens === undefined) throw signedOut('it has ended');
  if (tokens.access !== refused) return tokens.access;
  const forced = processSingleton('forced renewals', () => new Map<string, number>());
  const now = sessions.now();
  for (const [one, at] of forced) if (now - at > REST) forced.delete(one);
  const flights = renewals();
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
  const { now } = sessions;
  const patience = CLAIMED * grants.timeout;
  const until = now() + patience;
  for (;;) {
    const { tokens } = await latest(sessions, hash);
    if (!isDue(tokens, now()) && tokens.access !== refused) return tokens.access;
    const lease = await claimLease(sessions, hash, patience);
    const access = lease && (await renewUnderLease(sessions, hash, lease, grants, refused));
    if (access !== undefined) return access;
    if (isAlive(tokens, now())) return tokens.access;
    if (now() > until) throw callError('unavailable', 'the renewal of the token takes too long');
    await sleep(POLL_INTERVAL_MS);
  }
}

/** Resolves with undefined where it can't be renewed now: the lease was lost, or what is renewed is not stored yet. */
async function renewUnderLease(
  sessions: Sessions,
  hash: string,
  lease: RenewalLease,
  grants: Grants,
  refused: string | undefined,
): Promise<string | undefined> {
  let rest = 0;
  let renewed: Tokens | undefined;
  let spent: FoundSession | undefined;
  let isStored: boolean | undefined;
  try {
    if (unsavedTokens(hash) !== undefined || !hasRoomForUnsaved()) return undefined;
    // Read again: another process may have renewed it between our read and our claim.
    const { found, tokens } = await latest(sessions, hash);
    if (!isDue(tokens, sessions.now()) && tokens.access !== refused) return tokens.access;
    if (!(await prolongLease(sessions, lease, HELD * grants.timeout))) return undefined;
    if (sessions.now() + NEEDED * grants.timeout > lease.until) return undefined;
    try {
      renewed = await grants.renew(tokens.refresh);
      spent = found;
    } catch (thrown) {
      if (isInvalidGrant(thrown)) throw await ended(sessions, hash, 'the issuer has ended it');
      const left = tokens.expiresAt - sessions.now();
      if (left <= 0) throw callError('unavailable', 'the token could not be renewed', { cause: thrown });
      rest = Math.min(REST, left);
      return tokens.access;
    }
  } finally {
    await writeAnyway(hash, renewed, async () => {
      if (spent && renewed) isStored ??= await storeTokens(sessions, spent, renewed, grants);
      await leaveLease(sessions, lease, rest);
    });
  }
  if (isStored === false) throw signedOut('it has ended meanwhile');
  return renewed.access;
}

const newestTokens = (sessions: Sessions, found: FoundSession): Tokens | undefined =>
  unsavedTokens(found.hash) ?? tokensOf(sessions, found);

/** A session with tokens that can be renewed, as it is now. */
async function latest(
  sessions: Sessions,
  hash: string,
): Promise<{ readonly found: FoundSession; readonly tokens: Tokens & { readonly refresh: string } }> {
  const found = await sessionAt(sessions, hash);
  const tokens = found && newestTokens(sessions, found);
  if (found === undefined || tokens?.refresh === undefined) throw signedOut('it has ended');
  return { found, tokens: { ...tokens, refresh: tokens.refresh } };
}

/** Whether the session still lives. Renewed tokens of one that was ended meanwhile are revoked. */
async function storeTokens(sessions: Sessions, spent: FoundSession, renewed: Tokens, grants: Grants): Promise<boolean> {
  const { hash, session } = spent;
  const sealed = sessions.seal.seal(JSON.stringify(renewed), hash);
  let current = session.openedAt + MAX_LIFETIME > sessions.now() ? spent : undefined;
  // A use may have been written meanwhile. Other tokens are these, if an answer of the store was lost, or newer ones.
  while (current?.session.tokens === session.tokens) {
    const stored = await saveSession(sessions, { ...current, session: withTokens(current.session, sealed) });
    if (stored !== undefined) return true;
    current = await sessionAt(sessions, hash);
  }
  if (current !== undefined) return true;
  if (renewed.refresh !== undefined) await grants.revoke(renewed.refresh).catch(() => undefined);
  return false;
}

const withTokens = ({ refusedAt, ...session }: Session, tokens: string): Session => ({ ...session, tokens });

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
