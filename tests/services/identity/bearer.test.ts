import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { readEnv } from '#config/env.ts';
import { userScope } from '#kernel/base/scope.ts';
import { createBearerCheck } from '#services/identity/bearer.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import {
  AUDIENCE,
  type Forged,
  foreign,
  issuer,
  now,
  ours,
  type Pair,
  published,
  tokenWith,
  withIssuer,
} from '#tests/support/signing-issuer.ts';

withIssuer();

const check = (type: string | undefined = 'at+jwt') =>
  createBearerCheck([{ issuer: issuer.url, audience: AUDIENCE, type, isOurs: true }], UNHURRIED);

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a bearer token', () => {
  test('of our issuer is its subject’s, and goes upstream as it came', async () => {
    const token = await tokenWith();
    const principal = await check()(token);
    if (principal === 'refused') throw new Error('it was refused');
    expect([principal.kind, principal.id.scope]).toEqual(['bearer', userScope(issuer.url, 'ada')]);
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
    ['that has ended', { claims: { exp: now() - 40 } }],
    ['that never ends', { claims: { exp: undefined } }],
    ['that is not yet', { claims: { nbf: now() + 60 } }],
    ['of nobody', { claims: { sub: undefined } }],
    ['of an empty name', { claims: { sub: '' } }],
    ['of a number', { claims: { sub: 5 } }],
    ['of an object', { claims: { sub: { toString: 'ada' } } }],
    ['of several', { claims: { sub: ['ada'] } }],
    ['that is an id token', { header: { typ: 'JWT' } }],
    ['under a key that nobody has', { header: { kid: 'two' } }],
  ])('%s is refused', async (_, forged) => {
    expect(await check()(await tokenWith(forged))).toBe('refused');
  });

  test('without a signature, or with ours as if it were a shared secret, is refused', async () => {
    const claims = { iss: issuer.url, sub: 'ada', aud: AUDIENCE, iat: now(), exp: now() + 60 };
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
      [parts[0], base64({ iss: issuer.url, sub: 'bo', aud: AUDIENCE, exp: 9_999_999_999 }), parts[2]],
      [parts[0], parts[1], Buffer.alloc(64).toString('base64url')],
    ];
    for (const token of changed) expect(await check()(token.join('.'))).toBe('refused');
  });

  test('of a session, as Clerk and Auth0 issue them, is taken from an issuer that is trusted so', async () => {
    const clerk = createBearerCheck(
      [{ issuer: issuer.url, audience: undefined, type: undefined, isOurs: true }],
      UNHURRIED,
    );
    expect(await clerk(await tokenWith({ header: { typ: 'JWT' }, claims: { aud: undefined } }))).toMatchObject({
      kind: 'bearer',
    });
  });

  test('under unknown keys, a thousand of them, makes us ask the issuer once', async () => {
    const verify = check();
    await verify(await tokenWith());
    const tokens = await Promise.all(Array.from({ length: 1_000 }, (_, n) => tokenWith({ header: { kid: `k${n}` } })));
    for (const token of tokens) expect(await verify(token)).toBe('refused');
    expect(issuer.asked.filter((path) => path === '/jwks')).toHaveLength(1);
  });

  test('is unknown while the keys can’t be had: that is no refusal, and it passes', async () => {
    issuer.broken = true;
    const verify = check();
    const token = await tokenWith();
    await expect(verify(token)).rejects.toMatchObject({ kind: 'call-error', reason: 'unavailable' });
    issuer.broken = false;
    await expect.poll(() => verify(token).catch(() => undefined)).toMatchObject({ kind: 'bearer' });
  });

  test.each(['/.well-known/openid-configuration', '/jwks'])(
    'is checked although the connection broke when %s was asked for; if it breaks again, it is unknown',
    async (path) => {
      const token = await tokenWith();
      issuer.cuts = { [path]: 1 };
      expect(await check()(token)).toMatchObject({ kind: 'bearer' });
      expect(issuer.asked.filter((one) => one === path)).toHaveLength(2);
      issuer.cuts = { [path]: 2 };
      await expect(check()(token)).rejects.toMatchObject({ reason: 'unavailable' });
    },
  );

  test('may be half a minute off our clock', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const claims of [{ exp: now() - 28 }, { nbf: now() + 28 }, { iat: now() + 28 }]) {
      expect(await check()(await tokenWith({ claims })), JSON.stringify(claims)).toMatchObject({ kind: 'bearer' });
    }
  });

  test('that is shown again is not checked again, for a minute and while it lasts', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const checked = vi.spyOn(crypto.subtle, 'verify');
    const verify = check();
    const [long, brief] = [
      await tokenWith({ claims: { exp: now() + 600 } }),
      await tokenWith({ claims: { exp: now() + 5 } }),
    ];
    for (const token of [long, brief, long, brief]) expect(await verify(token)).toMatchObject({ kind: 'bearer' });
    expect(checked).toHaveBeenCalledTimes(2);
    expect(await verify(`${long.slice(0, -4)}AAAA`)).toBe('refused');
    vi.advanceTimersByTime(36_000);
    expect(await verify(brief)).toBe('refused');
    vi.advanceTimersByTime(25_000);
    checked.mockClear();
    expect(await verify(long)).toMatchObject({ kind: 'bearer' });
    expect(checked).toHaveBeenCalledOnce();
  });

  test('by an algorithm that we do not know is refused, though its key is the issuer’s', async () => {
    const large = await generateKeyPair('ES512');
    issuer.keys.push(await published(large, { kid: 'large' }));
    expect(await check()(await tokenWith({ key: large, header: { alg: 'ES512', kid: 'large' } }))).toBe('refused');
  });

  test('that does not name its key is tried with each that may be it, and with no more than a few', async () => {
    const pairs = await Promise.all(Array.from({ length: 12 }, () => generateKeyPair('ES256')));
    issuer.keys = await Promise.all(pairs.map((pair, index) => published(pair, { kid: `k${index}` })));
    const verify = check();
    const outcome = async (key: Pair, claims = {}) => {
      const told = await verify(await tokenWith({ key, claims, header: { kid: undefined } }));
      return told === 'refused' ? told : told.kind;
    };
    expect(await Promise.all(pairs.map((pair) => outcome(pair)))).toEqual([
      ...Array(8).fill('bearer'),
      ...Array(4).fill('refused'),
    ]);
    expect(await outcome(foreign)).toBe('refused');
    expect(await outcome(pairs[1] as Pair, { exp: now() - 60 })).toBe('refused');
    expect(await outcome(pairs[1] as Pair, { aud: 'https://other.test' })).toBe('refused');
  });

  test('is checked with old keys while the issuer is away, and with new ones once it is back', async () => {
    const verify = check();
    const token = await tokenWith();
    await verify(token);
    issuer.broken = true;
    const clocks = [Date, performance].map((clock) => {
      const began = clock.now();
      const spied = vi.spyOn(clock, 'now');
      return { at: (passed: number) => spied.mockImplementation(() => began + passed), end: () => spied.mockRestore() };
    });
    for (const { at } of clocks) at(601_000);
    for (let tries = 0; tries < 3; tries++) expect(await verify(token)).toMatchObject({ kind: 'bearer' });
    expect(issuer.asked.filter((path) => path === '/jwks')).toHaveLength(2);
    issuer.broken = false;
    issuer.keys = [await published(foreign, { kid: 'two' })];
    // Its signature was checked at the last call, and counts for a minute.
    for (const { at } of clocks) at(662_000);
    expect(await verify(token)).toBe('refused');
    for (const { end } of clocks) end();
  });

  test.each<[string, () => string, () => object]>([
    ['of another issuer', () => issuer.url, () => ({ issuer: 'https://evil.test', jwks_uri: `${issuer.url}/jwks` })],
    ['that names no keys', () => issuer.url, () => ({ issuer: issuer.url })],
    [
      'that stands elsewhere',
      () => `${issuer.url}/moved`,
      () => ({ issuer: `${issuer.url}/moved`, jwks_uri: `${issuer.url}/jwks` }),
    ],
  ])('is not checked with metadata %s', async (_, named, told) => {
    issuer.metadata = told;
    const verify = createBearerCheck(
      [{ issuer: named(), audience: AUDIENCE, type: 'at+jwt', isOurs: true }],
      UNHURRIED,
    );
    const token = await tokenWith({ claims: { iss: named() } });
    for (let tries = 0; tries < 3; tries++) {
      await expect(verify(token)).rejects.toMatchObject({ kind: 'call-error', reason: 'unavailable' });
    }
    // And the issuer is left in peace for a moment.
    expect(issuer.asked).toHaveLength(1);
  });

  test('of an issuer whose name ends in a slash, as Auth0’s do, is that issuer’s', async () => {
    const { identity } = readEnv({ TRUSTED_ISSUERS: `${issuer.url}/ ${AUDIENCE}` });
    issuer.metadata = () => ({ issuer: `${issuer.url}/`, jwks_uri: `${issuer.url}/jwks` });
    const verify = createBearerCheck(identity.trusted.map((more) => ({ ...more, type: undefined, isOurs: true })));
    expect(await verify(await tokenWith({ claims: { iss: `${issuer.url}/` } }))).toMatchObject({ kind: 'bearer' });
    expect(await verify(await tokenWith())).toBe('refused');
  });
});

describe('whatever kind of token comes, under whatever settings', () => {
  const kinds: Record<string, Forged> = {
    'an access token (RFC 9068)': {},
    'an access token, its type in full': { header: { typ: 'application/at+jwt' } },
    'an access token without a type': { header: { typ: undefined } },
    'an access token of a plain type': { header: { typ: 'JWT' } },
    'an access token for another API': { claims: { aud: 'https://other.test' } },
    'a session token without an audience': { header: { typ: 'JWT' }, claims: { aud: undefined, sid: 's1' } },
    'an ID token of our client': { header: { typ: 'JWT' }, claims: { aud: 'shop', nonce: 'n' } },
    'an ID token of another client': { header: { typ: 'JWT' }, claims: { aud: 'other' } },
    'an ID token for the API itself': { header: { typ: 'JWT' }, claims: { nonce: 'n' } },
    'an ID token without a nonce': { header: { typ: 'JWT' }, claims: { at_hash: 'x' } },
    'an ID token that says it is an access token': { claims: { nonce: 'n' } },
    'a logout token': { header: { typ: 'logout+jwt' }, claims: { events: { e: {} } } },
    'a logout token without a type': { header: { typ: undefined }, claims: { events: { e: {} } } },
    'a logout token without an event': { header: { typ: 'logout+jwt' } },
    'a logout token without an audience': { header: { typ: 'JWT' }, claims: { aud: undefined, events: {} } },
    'a security event': { header: { typ: 'secevent+jwt' } },
  };
  const settings = {
    ours: { audience: AUDIENCE, type: 'at+jwt' },
    'trusted with an audience': { audience: AUDIENCE, type: undefined },
    'trusted without one': { audience: undefined, type: undefined },
  };
  const taken: Record<keyof typeof settings, readonly string[]> = {
    ours: ['an access token (RFC 9068)', 'an access token, its type in full'],
    'trusted with an audience': [
      'an access token (RFC 9068)',
      'an access token, its type in full',
      'an access token without a type',
      'an access token of a plain type',
    ],
    'trusted without one': ['a session token without an audience'],
  };

  test.each(Object.keys(settings) as (keyof typeof settings)[])(
    '%s: only access tokens for us are taken',
    async (how) => {
      const verify = createBearerCheck([{ issuer: issuer.url, ...settings[how], isOurs: how === 'ours' }]);
      const passed: string[] = [];
      for (const [kind, forged] of Object.entries(kinds)) {
        if ((await verify(await tokenWith(forged))) !== 'refused') passed.push(kind);
      }
      expect(passed).toEqual(taken[how]);
    },
  );

  test.each(['http://keys.example/jwks', 'http://localhost.example/jwks', 'ftp://keys.example/', 'nothing'])(
    'keys at %s are not asked for',
    async (uri) => {
      issuer.metadata = () => ({ issuer: issuer.url, jwks_uri: uri });
      await expect(check()(await tokenWith())).rejects.toMatchObject({ kind: 'call-error', reason: 'unavailable' });
      expect(issuer.asked).toEqual(['/.well-known/openid-configuration']);
    },
  );
});
