import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Configuration } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { Provider } from 'oidc-provider/lib/provider.js';
import { ACCOUNTS, accountOf } from './accounts.ts';
import { signInPage, signOutPage } from './pages.ts';

/** The audience of the access tokens, against which upstreams and the mobile app's calls are checked. */
const AUDIENCE = 'urn:tributary:api';
const SCOPE = 'api';
const DAY = 86_400;

export interface IdentityOptions {
  /** Seconds that an access token lives. */
  readonly accessTokenTtl?: number | undefined;
}

export type IdentityHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A real OpenID Provider below `/identity`, with a few customers and one click to sign in as one of them. */
export function createIdentity(origin: string, { accessTokenTtl = 600 }: IdentityOptions = {}): IdentityHandler {
  const issuer = `${origin}/identity`;
  const provider = new Provider(issuer, configuration(issuer, accessTokenTtl));
  trustLoopback(provider);
  const answer = provider.callback();
  return async (request, response) => {
    const { url = '' } = request;
    Object.assign(request, { originalUrl: url, url: url.slice('/identity'.length) || '/' });
    const interaction = /^\/sign-in\/([\w-]+)(?:\/as\/(\w+))?$/.exec(request.url ?? '');
    if (!interaction) return answer(request, response);
    const [, , subject] = interaction;
    if (subject === undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(signInPage(url, ACCOUNTS));
      return;
    }
    await provider.interactionFinished(request, response, { login: { accountId: subject }, consent: {} });
  };
}

function configuration(issuer: string, accessTokenTtl: number): Configuration {
  return {
    adapter: createMemoryAdapter(),
    clients: [
      {
        client_id: 'tributary-web',
        client_secret: 'only-for-the-mock-provider-on-loopback',
        redirect_uris: [`${issuer}/none`],
        grant_types: ['authorization_code', 'refresh_token'],
        backchannel_logout_session_required: true,
        id_token_signed_response_alg: 'ES256',
      },
      {
        client_id: 'tributary-app',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        id_token_signed_response_alg: 'ES256',
        redirect_uris: ['com.example.tributary:/signed-in'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    jwks: { keys: [newKey()] },
    cookies: { keys: ['loopback'] },
    ttl: {
      AccessToken: accessTokenTtl,
      AuthorizationCode: 60,
      IdToken: 3_600,
      RefreshToken: DAY,
      Grant: DAY,
      Session: DAY,
      Interaction: 3_600,
    },
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'], email: ['email'] },
    scopes: ['openid', 'offline_access', 'profile', 'email', SCOPE],
    pkce: { required: () => true },
    findAccount: (_, id) => {
      const account = accountOf(id);
      return { accountId: id, claims: () => ({ sub: id, ...account }) };
    },
    // Signing in counts as consent.
    loadExistingGrant: async (ctx) => {
      const { client, session, params, provider } = ctx.oidc;
      const clientId = client?.clientId ?? '';
      // A new one would end the old one, and with it a login in another tab.
      const before = session?.grantIdFor(clientId);
      const given = before === undefined ? undefined : await provider.Grant.find(before);
      const grant = given ?? new provider.Grant({ clientId, accountId: session?.accountId ?? '' });
      grant.addOIDCScope(String(params?.scope ?? 'openid'));
      grant.addResourceScope(AUDIENCE, SCOPE);
      await grant.save();
      return grant;
    },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    renderError: (ctx, { error, error_description: description }) => {
      ctx.type = 'text';
      ctx.body = `${error}: ${description}\n`;
    },
    interactions: { url: (_, interaction) => `/identity/sign-in/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.redirect('/');
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: accessTokenTtl,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    // Its own guard refuses loopback, where the shop's back channel is.
    fetch: (url: URL, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown } = {}) =>
      globalThis.fetch(url, options),
  } as Configuration;
}

/** The shop may stand on any port of this machine. */
function trustLoopback(provider: InstanceType<typeof Provider>): void {
  const local = (uri: string, path: string) => {
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    return url !== undefined && ['localhost', '127.0.0.1'].includes(url.hostname) && url.pathname === path;
  };
  const client = provider.Client.prototype;
  const allowed = client.redirectUriAllowed;
  client.redirectUriAllowed = function (uri: string) {
    if (allowed.call(this, uri)) return true;
    if (!local(uri, '/api/auth/callback')) return false;
    Object.assign(this, { backchannelLogoutUri: new URL('/api/auth/backchannel-logout', uri).href });
    return true;
  };
  client.postLogoutRedirectUriAllowed = (uri: string) => local(uri, '/');
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'mock' };
}
