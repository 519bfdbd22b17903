import { createHash, randomBytes } from 'node:crypto';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { pseudonymOf, type Scope, userScope } from '#kernel/base/scope.ts';
import type { Seal } from '#kernel/state/seal.ts';
import type { State, StoredValue } from '#kernel/state/state.ts';

const ID_BYTES = 32;
const MINUTE = 60_000;
/** It ends after so long without use; in any case after its maximum lifetime. */
const IDLE = 30 * MINUTE;
export const MAX_LIFETIME = 12 * 60 * MINUTE;
/** A use is written down once in a while, not with every request. */
const TOUCH_INTERVAL_MS = MINUTE;
/** More sessions than this one principal does not have: the oldest ends. */
const MAX_LISTED = 100;
/** The stream of the hashes of sessions that were ended. Those that just grow old are not in it. */
export const ENDED_SESSIONS = 'sessions:ended';
const MAX_ENDED = 1_000;

/** The tokens of a session. Times are milliseconds since 1970. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** A browser's session. Only the browser has its id; the owner's identity is sealed in the store. */
export interface Session {
  readonly issuer: string;
  readonly subject: string;
  /** The issuer's own session, for its back-channel logout. */
  readonly sid: string | undefined;
  /** The user's name at the issuer, for a greeting. */
  readonly name: string | undefined;
  readonly agent: string;
  /** The hash of the guest session that it was before, until what that had put aside is taken over. */
  readonly guest: string | undefined;
  readonly openedAt: number;
  readonly seenAt: number;
  /** Since when an upstream has not taken its tokens, not even new ones. */
  readonly refusedAt?: number;
  /** Sealed Tokens. */
  readonly tokens: string;
}

/** A session that was found, under the hash of its id. */
export interface FoundSession {
  readonly hash: string;
  readonly version: number;
  readonly session: Session;
}

export interface Sessions {
  readonly state: State;
  readonly seal: Seal;
  now(): number;
}

/** Opens a session; resolves with its id, which only the browser gets. */
export async function openSession(
  sessions: Sessions,
  given: Pick<Session, 'issuer' | 'subject' | 'sid' | 'name' | 'agent' | 'guest'> & { readonly tokens: Tokens },
): Promise<string> {
  const { state, seal } = sessions;
  const id = randomBytes(ID_BYTES).toString('base64url');
  const hash = hashOf(id);
  const now = sessions.now();
  const tokens = seal.seal(JSON.stringify(given.tokens), hash);
  const { issuer, subject, sid, name, agent, guest } = given;
  const session: Session = { issuer, subject, sid, name, agent, guest, tokens, openedAt: now, seenAt: now };
  const scope = userScope(issuer, subject);
  await state.set(keyOf(hash), written(sessions, hash, session), { ttl: IDLE, owner: scope });
  await enlist(sessions, listOf(scope), hash);
  if (sid !== undefined) await enlist(sessions, sidList(issuer, sid), hash);
  return id;
}

/** The session of this id, if it is alive. A use prolongs it, up to its maximum lifetime. */
export async function findSession(sessions: Sessions, id: string): Promise<FoundSession | undefined> {
  const hash = hashOf(id);
  const found = await sessionAt(sessions, hash);
  if (found === undefined) return undefined;
  const now = sessions.now();
  if (now - found.session.seenAt < TOUCH_INTERVAL_MS) return found;
  const session = { ...found.session, seenAt: now };
  // Not awaited: a busy store is no reason to be slow, and the next use comes soon.
  saveSession(sessions, { ...found, session }).catch(() => undefined);
  return { ...found, session };
}

/** The session under a hash, if it lives and can be unsealed. */
export async function sessionAt(sessions: Sessions, hash: string): Promise<FoundSession | undefined> {
  const { state, now } = sessions;
  const stored = await state.get(keyOf(hash));
  const session = stored && read(sessions, hash, stored);
  if (stored === undefined || session === undefined) return undefined;
  if (session.openedAt + MAX_LIFETIME <= now()) {
    await state.remove(keyOf(hash));
    return undefined;
  }
  return { hash, version: stored.version, session };
}

/**
 * Writes a session unless it has changed meanwhile; resolves with the new version, or undefined. An ended session is
 * never revived.
 */
export function saveSession(sessions: Sessions, { hash, version, session }: FoundSession) {
  const { state, now } = sessions;
  const left = session.openedAt + MAX_LIFETIME - now();
  return state.swap(keyOf(hash), version, written(sessions, hash, session), { ttl: Math.max(1, Math.min(IDLE, left)) });
}

/** Notes that everything of the guest before was taken over. */
export async function forgetGuest(sessions: Sessions, hash: string): Promise<void> {
  for (;;) {
    const found = await sessionAt(sessions, hash);
    if (found?.session.guest === undefined) return;
    const session = { ...found.session, guest: undefined };
    if ((await saveSession(sessions, { ...found, session })) !== undefined) return;
  }
}

export function tokensOf({ seal }: Sessions, { hash, session }: FoundSession): Tokens | undefined {
  const text = seal.open(session.tokens, hash);
  return text === undefined ? undefined : (JSON.parse(text) as Tokens);
}

/** Ends a session, and says so to whatever was opened through it, in every process: both in one commit, or neither. */
export async function endSession({ state }: Sessions, hash: string): Promise<void> {
  await state.commit([
    { do: 'remove', key: keyOf(hash) },
    { do: 'append', stream: ENDED_SESSIONS, value: hash, maxEntries: MAX_ENDED },
  ]);
}

/** Every living session of a principal, newest first. */
export function sessionsOf(sessions: Sessions, scope: Scope): Promise<FoundSession[]> {
  return living(sessions, listOf(scope));
}

/** Ends what one session at an issuer, or all of a subject's, has opened here; resolves with how many there were. */
export async function endSessionsOf(
  sessions: Sessions,
  issuer: string,
  who: { readonly sid: string } | { readonly subject: string },
): Promise<number> {
  const list = 'sid' in who ? sidList(issuer, who.sid) : listOf(userScope(issuer, who.subject));
  const found = await living(sessions, list);
  await Promise.all(found.map(({ hash }) => endSession(sessions, hash)));
  return found.length;
}

async function living(sessions: Sessions, list: string): Promise<FoundSession[]> {
  return livingIn(sessions, await sessions.state.get(list));
}

async function livingIn(sessions: Sessions, list: StoredValue | undefined): Promise<FoundSession[]> {
  const found = await Promise.all(hashesIn(list).map((hash) => sessionAt(sessions, hash)));
  return found.filter((one) => one !== undefined).reverse();
}

/**
 * Adds a session to a list and drops the dead ones. Sessions that do not fit are ended: without an entry they could not
 * be found.
 */
async function enlist(sessions: Sessions, list: string, hash: string): Promise<void> {
  const { state } = sessions;
  for (;;) {
    const stored = await state.get(list);
    const oldestFirst = (await livingIn(sessions, stored)).reverse().map((one) => one.hash);
    const room = MAX_LISTED - 1;
    const tooMany = oldestFirst.slice(0, Math.max(0, oldestFirst.length - room));
    await Promise.all(tooMany.map((one) => endSession(sessions, one)));
    const text = JSON.stringify([...oldestFirst.slice(-room), hash]);
    if (stored === undefined) {
      if ((await state.claim(list, text, { ttl: MAX_LIFETIME })) === undefined) return;
    } else if ((await state.swap(list, stored.version, text, { ttl: MAX_LIFETIME })) !== undefined) return;
  }
}

const hashesIn = (stored: StoredValue | undefined): string[] =>
  stored === undefined ? [] : (JSON.parse(stored.value) as string[]);

/** The part of a session that identifies its owner. */
type Whose = Pick<Session, 'issuer' | 'subject' | 'sid' | 'name' | 'agent'>;

function written({ seal }: Sessions, hash: string, session: Session): string {
  const { issuer, subject, sid, name, agent, ...rest } = session;
  const whose: Whose = { issuer, subject, sid, name, agent };
  return JSON.stringify({ ...rest, whose: seal.seal(JSON.stringify(whose), whoseContext(hash)) });
}

function read({ seal }: Sessions, hash: string, { value }: StoredValue): Session | undefined {
  const { whose, ...rest } = JSON.parse(value) as Omit<Session, keyof Whose> & { readonly whose?: string };
  const text = whose && seal.open(whose, whoseContext(hash));
  return text ? { ...rest, ...(JSON.parse(text) as Whose) } : undefined;
}

const whoseContext = (hash: string) => `whose:${hash}`;
const keyOf = (hash: string) => `session:${hash}`;
const listOf = (scope: Scope) => `sessions:${pseudonymOf(scope)}`;
const sidList = (issuer: string, sid: string) => `sid:${hashOf(lengthPrefixed([issuer, sid]))}`;

/** The stored form of an id: a reader of the store can't use it. */
export function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
