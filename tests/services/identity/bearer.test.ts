import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { userScope } from '#kernel/base/scope.ts';
import { createBearerCheck } from '#services/identity/bearer.ts';

const AUDIENCE = 'urn:tributary:api';
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let ours: Pair;
let foreign: Pair;
let server: Server;
let issuer: string;
/** What the issuer was asked for. */
let asked: string[];
let broken: boolean;

beforeAll(async () => {
  ours = await generateKeyPair('ES256');
  foreign = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (broken) response.writeHead(500).end();
    else response.end(JSON.stringify(request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  broken = false;
});

const check = (type: string | undefined = 'at+jwt') => createBearerCheck([{ issuer, audience: AUDIENCE, type }]);

interface Forged {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: Pair;
}

function tokenWith({ claims = {}, header = {}, key = ours }: Forged = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const payload = { iss: issuer, sub: 'ada', aud: AUDIENCE, iat: now, exp: now + 60, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'one', ...header })
    .sign(key.privateKey);
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a bearer token', () => {
  test('of our issuer is its subject’s, and goes upstream as it came', async () => {
    const token = await tokenWith();
    const principal = await check()(token);
    if (principal === 'refused') throw new Error('it was refused');
    expect([principal.kind, principal.id.scope]).toEqual(['bearer', userScope(issuer, 'ada')]);
    expect(await principal.credential?.()).toBe(token);
  });

  test.each<[string, Forged]>([
    [
      'signed by somebody else',
      {
        get key() {
          return foreign;
        },
      },
    ],
    ['of another issuer', { claims: { iss: 'https://evil.test' } }],
    ['of an issuer whose name only begins like ours', { claims: { iss: 'http://127.0.0.1' } }],
    ['for another audience', { claims: { aud: 'https://other.test' } }],
    ['for nobody', { claims: { aud: undefined } }],
    ['that has ended', { claims: { exp: Math.floor(Date.now() / 1_000) - 10 } }],
    ['that never ends', { claims: { exp: undefined } }],
    ['that is not yet', { claims: { nbf: Math.floor(Date.now() / 1_000) + 60 } }],
    ['of nobody', { claims: { sub: undefined } }],
    ['that is an id token', { header: { typ: 'JWT' } }],
    ['under a key that nobody has', { header: { kid: 'two' } }],
  ])('%s is refused', async (_, forged) => {
    expect(await check()(await tokenWith(forged))).toBe('refused');
  });

  test('without a signature, or with ours as if it were a shared secret, is refused', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, sub: 'ada', aud: AUDIENCE, iat: now, exp: now + 60 };
    const unsigned = `${base64({ alg: 'none', typ: 'at+jwt' })}.${base64(claims)}.`;
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'one' })
      .sign(Buffer.from(JSON.stringify(await exportJWK(ours.publicKey))));
    for (const token of [unsigned, shared, 'x', 'a.b.c', '']) expect(await check()(token)).toBe('refused');
  });

  test('changed in any of its parts is refused', async () => {
    const parts = (await tokenWith()).split('.');
    const changed = [
      [base64({ alg: 'ES256', typ: 'at+jwt', kid: 'one', x: 1 }), parts[1], parts[2]],
      [parts[0], base64({ iss: issuer, sub: 'bo', aud: AUDIENCE, exp: 9_999_999_999 }), parts[2]],
      [parts[0], parts[1], Buffer.alloc(64).toString('base64url')],
    ];
    for (const token of changed) expect(await check()(token.join('.'))).toBe('refused');
  });

  test('of a session, as Clerk and Auth0 issue them, is taken from an issuer that is trusted so', async () => {
    const clerk = createBearerCheck([{ issuer, audience: undefined, type: undefined }]);
    expect(await clerk(await tokenWith({ header: { typ: 'JWT' }, claims: { aud: undefined } }))).toMatchObject({
      kind: 'bearer',
    });
  });

  test('under unknown keys, a thousand of them, makes us ask the issuer once', async () => {
    const verify = check();
    await verify(await tokenWith());
    const tokens = await Promise.all(Array.from({ length: 1_000 }, (_, n) => tokenWith({ header: { kid: `k${n}` } })));
    for (const token of tokens) expect(await verify(token)).toBe('refused');
    expect(asked.filter((path) => path === '/jwks')).toHaveLength(1);
  });

  test('can’t be told while the keys can’t be had: that is no refusal, and it passes', async () => {
    broken = true;
    const verify = check();
    const token = await tokenWith();
    await expect(verify(token)).rejects.toMatchObject({ kind: 'fault', reason: 'unavailable' });
    broken = false;
    await expect.poll(() => verify(token).catch(() => undefined), { timeout: 5_000 }).toMatchObject({ kind: 'bearer' });
  });
});
