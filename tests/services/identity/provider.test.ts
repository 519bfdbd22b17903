import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { createProvider } from '#services/identity/provider.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { visitor } from '#tests/support/visitor.ts';

const CALLBACK = 'http://127.0.0.1:9/api/auth/callback';

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

function providerAt(given: Record<string, string>, deadlineScale = UNHURRIED) {
  const { identity } = readEnv(given);
  const { url: issuer, clientId, clientSecret } = identity;
  return createProvider({
    issuer,
    clientId,
    clientSecret,
    redirectUri: CALLBACK,
    insecure: true,
    deadlineScale,
  });
}

describe('a login at the provider', () => {
  /** Signs in at the mock provider; what a login is held against, and the address that leads back. */
  const begun = async () => {
    const provider = providerAt({ MOCKS_PORT: String(mocks.port) });
    const { url, transaction } = await provider.begin('/');
    const ada = visitor();
    const page = await ada.follow(url);
    const sent = await ada.follow(`${page.url}/as/ada`, ({ pathname }) => pathname === '/api/auth/callback');
    return { provider, transaction, callback: new URL(sent.headers.get('location') ?? '') };
  };

  test('comes to who has signed in', async () => {
    const { provider, transaction, callback } = await begun();
    const who = await provider.complete(callback, transaction);
    expect([who.issuer, who.subject, who.name]).toEqual([
      `http://127.0.0.1:${mocks.port}/identity`,
      'ada',
      'Ada Nowak',
    ]);
  });

  test.each(['state', 'nonce', 'verifier'] as const)('is refused where its %s is not the one', async (name) => {
    const { provider, transaction, callback } = await begun();
    const other = { ...transaction, [name]: 'A'.repeat(43) };
    await expect(provider.complete(callback, other)).rejects.toMatchObject({ reason: 'denied' });
  });

  test('is refused where it comes from another issuer (RFC 9207)', async () => {
    const { provider, transaction, callback } = await begun();
    callback.searchParams.set('iss', 'https://evil.test');
    await expect(provider.complete(callback, transaction)).rejects.toMatchObject({ reason: 'denied' });
  });

  test('begins although the connection broke; a code or a token that broke off is sent no second time', async () => {
    let cuts = 1;
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (cuts-- > 0) request.socket.destroy();
      else {
        const endpoints = { authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token` };
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer: base, ...endpoints }));
      }
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = providerAt({ IDENTITY_URL: base, IDENTITY_CLIENT_ID: 'c', IDENTITY_CLIENT_SECRET: 's' });
    const { transaction } = await provider.begin('/');
    const metadata = 'GET /.well-known/openid-configuration';
    expect(asked).toEqual([metadata, metadata]);
    cuts = 1;
    await expect(provider.renew('token')).rejects.toMatchObject({ reason: 'unavailable' });
    cuts = 1;
    const callback = new URL(`${CALLBACK}?code=c&state=${transaction.state}`);
    await expect(provider.complete(callback, transaction)).rejects.toMatchObject({ reason: 'unavailable' });
    expect(asked.slice(2)).toEqual(['POST /token', 'POST /token']);
    server.close();
  });

  test('begins at an issuer whose name ends in a slash, as Auth0’s do', async () => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ issuer: `${base}/`, authorization_endpoint: `${base}/authorize` }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const given = { IDENTITY_URL: `${base}/`, IDENTITY_CLIENT_ID: 'c', IDENTITY_CLIENT_SECRET: 's' };
    expect(readEnv(given).identity.url).toBe(`${base}/`);
    const { url } = await providerAt(given).begin('/');
    expect(url).toMatch(`${base}/authorize?`);
    server.close();
  });
});

test('what a renewal may take, and with it its lease, grows with DEADLINE_SCALE', () => {
  expect([1, 3].map((scale) => providerAt({}, scale).timeout)).toEqual([6_000, 18_000]);
});
