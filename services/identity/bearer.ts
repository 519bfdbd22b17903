import { createRemoteJWKSet, decodeJwt, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { fault } from '#kernel/base/fault.ts';
import { type Known, known } from '#kernel/identity/principal.ts';

/** An issuer whose tokens the mobile app may present (RFC 9068, or a session token as Clerk and Auth0 issue them). */
export interface TrustedIssuer {
  readonly issuer: string;
  /** What `aud` must hold; undefined where the issuer sets none. */
  readonly audience: string | undefined;
  /** What the header's `typ` must be; undefined where any will do. */
  readonly type: string | undefined;
}

const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'RS256', 'PS256'];
const COOL_DOWN = 30_000;
const KEEP = 600_000;
const TIMEOUT = 2_000;
const CLOCK_SKEW = 5;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** What jose says of a token that is wrong; anything else it says of the keys. */
const REFUSALS = /^ERR_(?:JW[ST]_|JWKS_NO_MATCHING_KEY|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED)/;

/**
 * Checks bearer tokens against their issuers' keys: signature, algorithm, `iss`, `aud`, `exp`, `typ`. Resolves with
 * 'refused' for any token that fails, and throws an `unavailable` fault where the keys can't be had.
 */
export function createBearerCheck(issuers: readonly TrustedIssuer[]): (token: string) => Promise<Known | 'refused'> {
  const trusted = new Map(issuers.map((settings) => [settings.issuer, { ...settings, keys: keysOf(settings.issuer) }]));
  return async (token) => {
    const settings = trusted.get(issuerOf(token) ?? '');
    if (settings === undefined) return 'refused';
    const { issuer, audience, type, keys } = settings;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_SKEW,
        ...(audience !== undefined && { audience }),
        ...(type !== undefined && { typ: type }),
      });
      return known('bearer', issuer, payload.sub as string, async () => token);
    } catch (error) {
      if (REFUSALS.test(String((error as { code?: unknown }).code))) return 'refused';
      throw fault('unavailable', `the keys of ${issuer} can not be had`, {
        upstream: 'identity',
        cause: error as Error,
      });
    }
  };
}

/** Whom a token says it is from; only its keys can tell whether that is so. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** What a logout token tells (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export interface LogoutOrder {
  readonly issuer: string;
  readonly id: string;
  readonly who: { readonly sid: string } | { readonly subject: string };
}

/** Checks logout tokens of one issuer for one client; resolves with undefined for any that fails. */
export function createLogoutCheck(
  issuer: string,
  clientId: string,
): (token: string) => Promise<LogoutOrder | undefined> {
  const keys = keysOf(issuer);
  return async (token) => {
    const rules = {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      requiredClaims: ['iat', 'jti'],
      maxTokenAge: 300,
    };
    const { payload } = await jwtVerify(token, keys, rules).catch((error: unknown) => {
      if (REFUSALS.test(String((error as { code?: unknown }).code))) return { payload: undefined };
      throw fault('unavailable', 'the issuer’s keys can not be had', { upstream: 'identity', cause: error as Error });
    });
    const isLogout = Object.hasOwn(Object(payload?.events), LOGOUT_EVENT) && payload?.nonce === undefined;
    if (!isLogout || payload?.jti === undefined) return undefined;
    const { sid, sub: subject, jti: id } = payload;
    if (typeof sid === 'string') return { issuer, id, who: { sid } };
    return subject === undefined ? undefined : { issuer, id, who: { subject } };
  };
}

/** The keys that the issuer's metadata names (OpenID Connect Discovery 1.0 §4), fetched when first needed. */
function keysOf(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    if (found === undefined) {
      if (performance.now() - failedAt < COOL_DOWN / 30) throw new Error('its metadata could not be had a moment ago');
      found = discover(issuer).catch((error: unknown) => {
        found = undefined;
        failedAt = performance.now();
        throw error;
      });
    }
    return (await found)(header, token);
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(TIMEOUT),
    redirect: 'error',
    cache: 'no-store',
  });
  const { issuer: named, jwks_uri: uri } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (named !== issuer || typeof uri !== 'string') throw new Error('its metadata is of another issuer');
  return createRemoteJWKSet(new URL(uri), { cooldownDuration: COOL_DOWN, cacheMaxAge: KEEP, timeoutDuration: TIMEOUT });
}
