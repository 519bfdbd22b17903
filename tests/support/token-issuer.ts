import { generateKeyPairSync } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { Provider } from 'oidc-provider/lib/provider.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const RESOURCE = 'urn:test:things';

/** What a client was granted, or why not. */
export interface Granted {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly error?: string;
}

/** A real token endpoint: oidc-provider, with the grant of RFC 8693 registered. */
export interface TestIssuer {
  readonly tokenUrl: string;
  readonly granted: Granted[];
  /** Whose access token this is: a client's, or a user's; undefined where it is none that lives. */
  holderOf(authorization: string | undefined): Promise<string | undefined>;
  /** Ends a token before its time. */
  revoke(authorization: string | undefined): Promise<void>;
  /** Answers in the place of the provider, while it is set. */
  fault: ((response: ServerResponse) => void) | undefined;
  /** Users whose tokens are exchanged no more. */
  readonly unknown: Set<string>;
  close(): Promise<void>;
}

export interface IssuerOptions {
  /** Seconds that tokens live. */
  readonly life?: number;
  /** The public key of the client `signed`, as a JWK. */
  readonly clientKey?: object;
}

const CLIENT = { redirect_uris: [], response_types: [], scope: 'read', id_token_signed_response_alg: 'ES256' };

/** Knows the clients `things`, whose secret is given, and `signed`, which has a key. */
export async function startIssuer(secret: string, { life = 600, clientKey }: IssuerOptions = {}): Promise<TestIssuer> {
  const server = createServer((request, response) =>
    issuer.fault ? issuer.fault(response) : answer(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const grants = ['client_credentials', EXCHANGE];
  const provider = new Provider(origin, {
    adapter: createMemoryAdapter(),
    scopes: ['read'],
    clients: [
      { ...CLIENT, client_id: 'things', client_secret: secret, grant_types: grants },
      ...(clientKey
        ? [
            {
              ...CLIENT,
              client_id: 'signed',
              token_endpoint_auth_method: 'private_key_jwt',
              jwks: { keys: [clientKey] },
              grant_types: grants,
            },
          ]
        : []),
    ],
    jwks: { keys: [newKey()] },
    cookies: { keys: ['test'] },
    ttl: { ClientCredentials: life, AccessToken: life },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({ scope: 'read', audience: RESOURCE, accessTokenTTL: life }),
      },
    },
  } as never);
  provider.registerGrantType(
    EXCHANGE,
    async (ctx: ExchangeContext) => {
      const { subject_token: subjectToken = '' } = ctx.oidc.params;
      const subject = subjectOf(subjectToken);
      if (subject === undefined || issuer.unknown.has(subject)) {
        ctx.status = 400;
        ctx.body = { error: 'invalid_request', error_description: `not taken: ${subjectToken}` };
        issuer.granted.push({ params: { ...ctx.oidc.params }, error: 'invalid_request' });
        return;
      }
      const holder = { accountId: subject, client: ctx.oidc.client, scope: 'read', gty: EXCHANGE };
      const token = new provider.AccessToken(holder as never);
      token.aud = RESOURCE;
      ctx.body = {
        access_token: await token.save(),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: life,
      };
    },
    ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope', 'resource'],
  );
  const note = ({ oidc }: ExchangeContext, error?: { readonly error: string }) =>
    void issuer.granted.push({ params: { ...oidc.params }, ...(error && { error: error.error }) });
  const events = provider as unknown as EventEmitter;
  events.on('grant.success', note);
  events.on('grant.error', note);
  const answer = provider.callback();
  const found = async (authorization: string | undefined) => {
    const value = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
    const token = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
    return token as { accountId?: string; clientId?: string; destroy(): Promise<void> } | undefined;
  };
  const issuer: TestIssuer = {
    tokenUrl: `${origin}/token`,
    granted: [],
    fault: undefined,
    unknown: new Set(),
    async holderOf(authorization) {
      const token = await found(authorization);
      return token?.accountId ?? token?.clientId;
    },
    async revoke(authorization) {
      await (await found(authorization))?.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'test' };
}

interface ExchangeContext {
  readonly oidc: { readonly params: Record<string, string | undefined>; readonly client: unknown };
  status: number;
  body: unknown;
}

/** Of a token as `tokenOf` makes them. */
function subjectOf(token: string): string | undefined {
  try {
    return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub?: string }).sub;
  } catch {
    return undefined;
  }
}
