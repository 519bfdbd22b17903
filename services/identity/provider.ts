import * as client from 'openid-client';
import { callError } from '#kernel/base/call-error.ts';
import type { Tokens } from '#kernel/identity/session.ts';
import { issuerFetch } from './issuer-fetch.ts';
import { invalidGrant } from './refresh.ts';

const TIMEOUT_SECONDS = 3;
const SCOPES = 'openid profile email offline_access api';

/** The address and the credentials with which we speak to the OpenID Provider. */
interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Our own callback, `/api/auth/callback` at PUBLIC_URL. */
  readonly redirectUri: string;
  /** Plain http, for an issuer on this machine. */
  readonly insecure: boolean;
  /** What every timeout is multiplied by; 1 by default. */
  readonly deadlineScale?: number;
}

/** What a login is checked against when it comes back. */
export interface Transaction {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
}

/** The user who has signed in, as the provider says. */
interface SignedIn {
  readonly issuer: string;
  readonly subject: string;
  readonly sid: string | undefined;
  readonly name: string | undefined;
  readonly tokens: Tokens;
}

/** An OpenID Provider (OpenID Connect Core 1.0), through openid-client. Every method throws CallErrors. */
export interface IdentityProvider {
  /** Starts a login: code flow with PKCE S256, state and nonce. */
  begin(returnTo: string): Promise<{ readonly url: string; readonly transaction: Transaction }>;
  /** Handles the answer to our callback; `callback` is that address with its query. */
  complete(callback: URL, transaction: Transaction): Promise<SignedIn>;
  /** Milliseconds that `renew` takes at most: discovery comes first. */
  readonly timeout: number;
  /** Throws InvalidGrant where the provider says that there is nothing to renew. */
  renew(refreshToken: string): Promise<Tokens>;
  revoke(refreshToken: string): Promise<void>;
  /** Where a browser goes to end the provider's own session. */
  endSessionUrl(returnTo: string): Promise<string>;
}

export function createProvider(settings: ProviderSettings): IdentityProvider {
  let discovered: Promise<client.Configuration> | undefined;
  /** Discovery is tried again after a failure: the provider may start after us. */
  const provider = () => {
    discovered ??= discover(settings).catch((error: unknown) => {
      discovered = undefined;
      throw unavailable(error);
    });
    return discovered;
  };

  return {
    timeout: 2 * TIMEOUT_SECONDS * (settings.deadlineScale ?? 1) * 1_000,

    async begin(returnTo) {
      const configuration = await provider();
      const transaction = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        returnTo,
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: settings.redirectUri,
        scope: SCOPES,
        state: transaction.state,
        nonce: transaction.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(transaction.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, transaction };
    },

    async complete(callback, { state, nonce, verifier }) {
      const configuration = await provider();
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const answer = await client.authorizationCodeGrant(configuration, callback, checks).catch((error: unknown) => {
        throw isUnreachable(error)
          ? unavailable(error)
          : callError('denied', 'the login was refused', { credential: 'user', status: 401, cause: error as Error });
      });
      const claims = answer.claims();
      if (claims === undefined) throw callError('contract', 'the provider sent no id token', { upstream: 'identity' });
      const { iss: issuer, sub: subject, sid, name } = claims;
      return { issuer, subject, sid: textOf(sid), name: textOf(name), tokens: tokensOf(answer) };
    },

    async renew(refreshToken) {
      const configuration = await provider();
      try {
        const answer = await client.refreshTokenGrant(configuration, refreshToken);
        const tokens = tokensOf(answer);
        return tokens.refresh === undefined ? { ...tokens, refresh: refreshToken } : tokens;
      } catch (error) {
        if ((error as { error?: string }).error === 'invalid_grant') throw invalidGrant(error);
        throw unavailable(error);
      }
    },

    async revoke(refreshToken) {
      await client.tokenRevocation(await provider(), refreshToken).catch((error: unknown) => {
        throw unavailable(error);
      });
    },

    async endSessionUrl(returnTo) {
      // By our client id and without the id token, which would put a name and an address into the URL.
      return client.buildEndSessionUrl(await provider(), { post_logout_redirect_uri: returnTo }).href;
    },
  };
}

function discover(settings: ProviderSettings): Promise<client.Configuration> {
  const { issuer, clientId, clientSecret, insecure, deadlineScale = 1 } = settings;
  // Whatever the issuer signs with by its metadata, and nothing weaker than it says.
  return client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    timeout: TIMEOUT_SECONDS * deadlineScale,
    [client.customFetch]: issuerFetch,
    ...(insecure && { execute: [client.allowInsecureRequests] }),
  });
}

function tokensOf(answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers): Tokens {
  const obtainedAt = Date.now();
  const seconds = answer.expiresIn() ?? 300;
  return {
    access: answer.access_token,
    refresh: answer.refresh_token,
    obtainedAt,
    expiresAt: obtainedAt + seconds * 1_000,
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** Whether the provider was not there, rather than there and unwilling. */
function isUnreachable(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === 'TypeError' || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
}

function unavailable(error: unknown) {
  return callError('unavailable', `the identity provider can not be reached: ${(error as Error).message}`, {
    upstream: 'identity',
    cause: error as Error,
  });
}
