import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as client from 'openid-client';
import type { TokenClient } from '#config/upstreams/upstream-credential.ts';
import { type CallError, callError } from '#kernel/base/call-error.ts';
import { issuerFetch } from '../identity/issuer-fetch.ts';
import type { Issued } from './renewed-token.ts';

const TIMEOUT_SECONDS = 3;
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** What an issuer answers where it is the user's token that it does not take (RFC 8693 §2.2.2, RFC 6749 §5.2). */
const USERS_FAULT: ReadonlySet<string> = new Set(['invalid_request', 'invalid_grant', 'invalid_token']);

/** A token endpoint. Every method throws CallErrors, in which no token and no secret is. */
export interface TokenEndpoint {
  /** A token of our own (RFC 6749 §4.4). */
  issue(): Promise<Issued>;
  /** A token for a user's one (RFC 8693). A user's token that is not taken is `denied`. */
  exchange(usersToken: string): Promise<Issued>;
}

export function createTokenEndpoint(settings: TokenClient, insecure: boolean, deadlineScale: number): TokenEndpoint {
  const { url, scope, audience, resource } = settings;
  const asked = Object.fromEntries(
    Object.entries({ scope, audience, resource }).filter((one): one is [string, string] => one[1] !== undefined),
  );
  const failed = (error: unknown): CallError =>
    callError('unavailable', `no token from ${new URL(url).origin}: ${reasonOf(error)}`, { unsent: true });
  const configuration = () => configure(settings, insecure, deadlineScale);

  return {
    async issue() {
      try {
        return issuedOf(await client.clientCredentialsGrant(await configuration(), asked));
      } catch (error) {
        throw failed(error);
      }
    },
    async exchange(usersToken) {
      const subject = { subject_token: usersToken, subject_token_type: ACCESS_TOKEN };
      try {
        const grant = { ...asked, ...subject, requested_token_type: ACCESS_TOKEN };
        return issuedOf(await client.genericGrantRequest(await configuration(), EXCHANGE, grant));
      } catch (error) {
        if (!USERS_FAULT.has(codeOf(error) ?? '')) throw failed(error);
        const message = `the user's token is not exchanged: ${reasonOf(error)}`;
        throw callError('denied', message, { credential: 'user', status: 401, unsent: true });
      }
    },
  };
}

/** Made anew for each token, which are few: a key file may have changed. The issuer is not asked for its metadata. */
async function configure(
  { url, clientId, clientSecret, clientKeyFile }: TokenClient,
  insecure: boolean,
  deadlineScale: number,
): Promise<client.Configuration> {
  // A signed client names the token endpoint as its audience (RFC 7523 §3).
  const server = { issuer: url, token_endpoint: url };
  const authentication =
    clientKeyFile === undefined
      ? client.ClientSecretBasic(clientSecret)
      : client.PrivateKeyJwt(await signingKey(await readFile(clientKeyFile)));
  const configuration = new client.Configuration(server, clientId, undefined, authentication);
  configuration.timeout = TIMEOUT_SECONDS * deadlineScale;
  configuration[client.customFetch] = issuerFetch;
  if (insecure) client.allowInsecureRequests(configuration);
  return configuration;
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const P_256 = { name: 'ECDSA', namedCurve: 'P-256' };

const signingKey = (pem: Buffer): Promise<client.CryptoKey> => {
  const key: KeyObject = createPrivateKey(pem);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', der, key.asymmetricKeyType === 'rsa' ? RSA : P_256, false, ['sign']);
};

function issuedOf(answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers): Issued {
  const seconds = answer.expiresIn();
  return { token: answer.access_token, life: seconds === undefined ? undefined : seconds * 1_000 };
}

interface Failure {
  readonly error?: unknown;
  readonly code?: string;
  readonly name: string;
  readonly cause?: unknown;
}

/** The word of the protocol (RFC 6749 §5.2), which a 401 has in its challenge. */
function codeOf(thrown: unknown): string | undefined {
  const { error, cause } = thrown as Failure;
  const [challenge] = Array.isArray(cause) ? (cause as { parameters?: { error?: unknown } }[]) : [];
  const word = error ?? challenge?.parameters?.error;
  return typeof word === 'string' && /^[\w-]{1,40}$/.test(word) ? word : undefined;
}

/** That word, or one of the network's. What an issuer writes besides may repeat what it was sent. */
function reasonOf(thrown: unknown): string {
  const word = codeOf(thrown);
  if (word !== undefined) return word;
  const { code, cause, name } = thrown as Failure;
  const beneath = cause as Failure | undefined;
  return (beneath?.cause as Failure | undefined)?.code ?? beneath?.code ?? code ?? name;
}
