import * as client from 'openid-client';
import { PATIENCE } from './patience.ts';
import { visitor } from './visitor.ts';

const REDIRECT = 'com.example.tributary:/signed-in';

/** Signs in as the mobile app does: a public client with PKCE. Resolves with the access token. */
export async function appToken(mocksPort: number, subject: string): Promise<string> {
  const issuer = new URL(`http://127.0.0.1:${mocksPort}/identity`);
  const metadata = { id_token_signed_response_alg: 'ES256' };
  const execute = [client.allowInsecureRequests];
  const provider = await client.discovery(issuer, 'tributary-app', metadata, client.None(), {
    execute,
    timeout: PATIENCE / 1_000,
  });
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(provider, {
    redirect_uri: REDIRECT,
    scope: 'openid api',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const app = visitor();
  const page = await app.follow(url.href);
  const sent = await app.follow(`${page.url}/as/${subject}`, ({ protocol }) => protocol === 'com.example.tributary:');
  const callback = new URL(sent.headers.get('location') ?? '');
  const { access_token: token } = await client.authorizationCodeGrant(provider, callback, {
    pkceCodeVerifier: verifier,
  });
  return token;
}
