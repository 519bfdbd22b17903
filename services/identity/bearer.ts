import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  type errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { isLoopback } from '#config/public-origin.ts';
import { callError } from '#kernel/base/call-error.ts';
import { type Authenticated, authenticated } from '#kernel/identity/principal.ts';
import { hashOf } from '#kernel/identity/session.ts';
import { issuerFetch } from './issuer-fetch.ts';
import { upstreamName } from './upstream-name.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** An issuer whose tokens the mobile app may present (RFC 9068, or a session token as Clerk and Auth0 issue them). */
export interface TrustedIssuer {
  readonly issuer: string;
  /** What `aud` must hold; undefined if the issuer sets none: then a token that has one is for another service. */
  readonly audience: string | undefined;
  /** What the header's `typ` must be; undefined where any will do. */
  readonly type: string | undefined;
  /** Whether it is the issuer at which our own customers sign in. */
  readonly isOurs: boolean;
}

const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'RS256', 'PS256'];
/** Milliseconds: how long keys are fresh, and how long we wait with another try for keys, and for metadata. */
const RETENTION_MS = 600_000;
const COOL_DOWN = 30_000;
const METADATA_COOL_DOWN = 1_000;
const TIMEOUT = 2_000;
/** Seconds. */
const CLOCK_SKEW = 30;
const OLDEST_ORDER = 300;
/** Of so many keys of an issuer each may have signed a token that does not name its own. */
const MAX_KEYS = 8;
/** Types of tokens that may be access tokens, or logout tokens; without one a token may be either (RFC 8725 §3.11). */
const ACCESS_TYPES = ['jwt', 'at+jwt'];
const LOGOUT_TYPES = ['jwt', 'logout+jwt'];
/** What ID tokens, logout tokens and security events carry, and access tokens never do. */
const NOT_ACCESS = ['nonce', 'events', 'at_hash', 'c_hash'];
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** What jose says of a token that is wrong; anything else it says of the keys. */
const REFUSALS = /^ERR_(?:JW[ST]_|JWKS_NO_MATCHING_KEY|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED)/;

/**
 * Checks bearer tokens against their issuers' keys: signature, algorithm, `iss`, `aud`, `exp`, `sub`, `typ`, and that
 * they are no ID tokens or logout tokens. Resolves with 'refused' for any token that fails, and throws an `unavailable`
 * error if the keys can't be had.
 */
export function createBearerCheck(
  issuers: readonly TrustedIssuer[],
  deadlineScale = 1,
): (token: string) => Promise<Authenticated | 'refused'> {
  const trusted = new Map(
    issuers.map((settings) => [settings.issuer, { ...settings, keys: keysOf(settings.issuer, deadlineScale) }]),
  );
  const tokens = new VerifiedTokens();
  return async (token) => {
    const known = tokens.find(token);
    if (known !== undefined) return known;
    const settings = trusted.get(issuerOf(token) ?? '');
    if (settings === undefined) return 'refused';
    const { issuer, audience, type, isOurs, keys } = settings;
    const payload = await verified(token, keys, {
      issuer,
      requiredClaims: ['exp'],
      ...(audience !== undefined && { audience }),
      ...(type !== undefined && { typ: type }),
    });
    const subject = textOf(payload?.sub);
    if (payload === undefined || subject === undefined) return 'refused';
    if (!isTyped(token, ACCESS_TYPES) || NOT_ACCESS.some((claim) => payload[claim] !== undefined)) return 'refused';
    // RFC 7519 §4.1.3: a service that is not named in `aud` must refuse the token.
    if (audience === undefined && payload.aud !== undefined) return 'refused';
    const who = authenticated('bearer', issuer, subject, {
      credential: async () => token,
      credentialId: hashOf(token),
      name: upstreamName(issuer, subject, isOurs),
    });
    tokens.add(token, who, ((payload.exp as number) + CLOCK_SKEW) * 1_000);
    return who;
  };
}

/** The claims of a valid token; undefined for an invalid one. Throws an `unavailable` error without keys. */
async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  rules: JWTVerifyOptions & { readonly issuer: string },
): Promise<JWTPayload | undefined> {
  const all = { ...rules, algorithms: ALGORITHMS, clockTolerance: CLOCK_SKEW };
  try {
    return (await jwtVerify(token, keys, all)).payload;
  } catch (error) {
    if (isAmbiguous(error)) return byAnyOf(token, error, all);
    if (REFUSALS.test(codeOf(error))) return undefined;
    throw callError('unavailable', `the keys of ${rules.issuer} can not be had`, {
      upstream: 'identity',
      cause: error,
    });
  }
}

/** A token that does not say which key it was signed with, of an issuer that has several. */
async function byAnyOf(token: string, keys: AsyncIterable<CryptoKey>, rules: JWTVerifyOptions) {
  let tried = 0;
  for await (const key of keys) {
    if (++tried > MAX_KEYS) return undefined;
    try {
      return (await jwtVerify(token, key, rules)).payload;
    } catch (error) {
      if (codeOf(error) !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return undefined;
    }
  }
  return undefined;
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code);
const isAmbiguous = (error: unknown): error is errors.JWKSMultipleMatchingKeys =>
  codeOf(error) === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS';
const textOf = (claim: unknown) => (typeof claim === 'string' && claim !== '' ? claim : undefined);

/** Whether the header says one of these types, or none. For tokens that were verified. */
function isTyped(token: string, types: readonly string[]): boolean {
  const { typ } = decodeProtectedHeader(token);
  return typ === undefined || types.includes(typ.toLowerCase().replace(/^application\//, ''));
}

/** The issuer that a token names; only that issuer's keys can prove it. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** The claims of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export interface LogoutOrder {
  readonly issuer: string;
  readonly id: string;
  readonly who: { readonly sid: string } | { readonly subject: string };
}

/** Checks logout tokens of one issuer for one client; resolves with undefined for any that fails. */
export function createLogoutCheck(
  issuer: string,
  clientId: string,
  deadlineScale = 1,
): (token: string) => Promise<LogoutOrder | undefined> {
  const keys = keysOf(issuer, deadlineScale);
  const rules = { issuer, audience: clientId, requiredClaims: ['iat', 'exp', 'jti'], maxTokenAge: OLDEST_ORDER };
  return async (token) => {
    const payload = await verified(token, keys, rules);
    if (payload === undefined || !isTyped(token, LOGOUT_TYPES)) return undefined;
    const isLogout = Object.hasOwn(Object(payload.events), LOGOUT_EVENT) && payload.nonce === undefined;
    const id = textOf(payload.jti);
    if (!isLogout || id === undefined) return undefined;
    const [sid, subject] = [textOf(payload.sid), textOf(payload.sub)];
    if (sid !== undefined) return { issuer, id, who: { sid } };
    return subject === undefined ? undefined : { issuer, id, who: { subject } };
  };
}

/**
 * The keys that the issuer's metadata names (OpenID Connect Discovery 1.0 §4), fetched when first needed and again when
 * they are old. Old ones serve on while the issuer is away.
 */
function keysOf(issuer: string, deadlineScale: number): JWTVerifyGetKey {
  let found: Promise<RemoteKeys> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    if (found === undefined) {
      if (performance.now() - failedAt < METADATA_COOL_DOWN) {
        throw new Error('its metadata could not be had a moment ago');
      }
      found = discover(issuer, TIMEOUT * deadlineScale).catch((error: unknown) => {
        found = undefined;
        failedAt = performance.now();
        throw error;
      });
    }
    const keys = await found;
    await keys.freshen();
    return keys.get(header, token);
  };
}

interface RemoteKeys {
  readonly get: JWTVerifyGetKey;
  /** Fetches the keys again once they are old; if that fails, not again for a while. */
  freshen(): Promise<void>;
}

async function discover(issuer: string, timeout: number): Promise<RemoteKeys> {
  const answer = await issuerFetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    // Head and body together have this time.
    signal: AbortSignal.timeout(timeout),
    redirect: 'manual',
    cache: 'no-store',
  });
  if (!answer.ok) throw new Error(`its metadata can not be had: ${answer.status}`);
  const { issuer: named, jwks_uri: uri } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (named !== issuer || typeof uri !== 'string') throw new Error('its metadata is of another issuer');
  if (!uri.startsWith('https://') && !(URL.canParse(uri) && isLoopback(uri))) {
    throw new Error('its keys come over plain http, where an attacker could change them');
  }
  // We check their age ourselves: the library's limit is not used.
  const settings = {
    cooldownDuration: COOL_DOWN,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    timeoutDuration: timeout,
    [customFetch]: issuerFetch,
  };
  const keys = createRemoteJWKSet(new URL(uri), settings);
  let due = Number.NEGATIVE_INFINITY;
  return {
    get: keys,
    async freshen() {
      const now = Date.now();
      if (now < due) return;
      due = now + COOL_DOWN;
      await keys.reload().then(
        () => {
          due = now + RETENTION_MS;
        },
        (error: unknown) => {
          if (keys.jwks() !== undefined) return;
          due = Number.NEGATIVE_INFINITY;
          throw error;
        },
      );
    },
  };
}
