import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findSession, openSession, type Sessions } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { longTest } from '#tests/support/long-test.ts';
import { until } from '#tests/support/until.ts';
import { visitor } from '#tests/support/visitor.ts';

let mocks: MockServer;
let issuer: string;
let host: Awaited<ReturnType<typeof runHost>>;
let sessions: Sessions;
let sign: (claims: Record<string, unknown>) => Promise<string>;
/** What the provider was asked to revoke, and what it does then. */
let revoked: string[];
let revoking: (response: ServerResponse) => void;
const hang = () => {};

const provider = createServer(async (request: IncomingMessage, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const base = issuer;
  response.setHeader('content-type', 'application/json');
  if (request.url === '/jwks') response.end(keys);
  else if (request.url === '/revoke') {
    revoked.push(new URLSearchParams(body).get('token') ?? '');
    revoking(response);
  } else {
    const ends = {
      authorization_endpoint: `${base}/a`,
      token_endpoint: `${base}/t`,
      end_session_endpoint: `${base}/end`,
    };
    response.end(
      JSON.stringify({ issuer: base, jwks_uri: `${base}/jwks`, revocation_endpoint: `${base}/revoke`, ...ends }),
    );
  }
});
let keys: string;
/** What every host here is told of itself. */
let known: Record<string, string>;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  const pair = await generateKeyPair('ES256');
  keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] });
  sign = (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(pair.privateKey);
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const key = randomBytes(32);
  known = {
    STATE_KEYS: key.toString('base64url'),
    IDENTITY_CLIENT_ID: 'shop',
    IDENTITY_CLIENT_SECRET: 'secret',
    // What hangs here is given up in time.
    DEADLINE_SCALE: '1',
  };
  host = await runHost('lean', { ...over(mocks), ...known, IDENTITY_URL: issuer });
  const state = openSqliteState(join(host.dataDir, 'state.db'));
  sessions = { state, seal: createSeal([key]), now: Date.now };
});
afterEach(() => {
  revoked = [];
  revoking = (response) => response.end('{}');
});
afterAll(async () => {
  await sessions.state.close();
  await stop(host);
  provider.closeAllConnections();
  provider.close();
  await mocks.close();
});

/** A browser that is signed in, and the id of its session. */
async function signedIn(subject: string, sid?: string) {
  revoked = [];
  revoking = (response) => response.end('{}');
  const now = Date.now();
  const tokens = { access: 'a', refresh: `refresh-of-${subject}`, obtainedAt: now, expiresAt: now + 3_600_000 };
  const given = { issuer, subject, sid, name: subject, agent: 'test', guest: undefined, tokens };
  const id = await openSession(sessions, given);
  const who = visitor();
  who.cookies(new URL(host.url).host).set('sid', id);
  return { who, id };
}
const lives = async (id: string) => (await findSession(sessions, id)) !== undefined;

describe('signing out', () => {
  test('ends what renews the session’s tokens, at the provider', async () => {
    const { who, id } = await signedIn('ada');
    const answer = await who.send('POST', `${host.url}/api/auth/logout`);
    expect([answer.status, await lives(id)]).toEqual([200, false]);
    await until('it is revoked', () => revoked.length > 0);
    expect(revoked).toEqual(['refresh-of-ada']);
    // Where the provider's own session is ended: it learns who we are, and nothing tells who that was.
    const url = new URL(String(answer.json().url));
    expect([url.origin + url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
      `${issuer}/end`,
      { client_id: 'shop', post_logout_redirect_uri: `${host.url}/` },
    ]);
  });

  test('waits for no provider that hangs: here, elsewhere, or everywhere else', async () => {
    const [one, two, three] = [await signedIn('bo'), await signedIn('bo'), await signedIn('bo')];
    revoking = hang;
    const all = await one.who.send('DELETE', `${host.url}/api/auth/sessions`);
    const here = await one.who.send('POST', `${host.url}/api/auth/logout`);
    expect([all.status, here.status]).toEqual([204, 200]);
    expect(here.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=; .*Max-Age=0/)]);
    expect(await Promise.all([one, two, three].map(({ id }) => lives(id)))).toEqual([false, false, false]);
    // None of the three was answered: had anybody waited, they would wait still.
    await until('all are asked for', () => revoked.length === 3);
    provider.closeAllConnections();
  });
});

longTest('a provider that says nothing at all keeps no one signed in', async () => {
  const silent = createServer(hang).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const away = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { who, id } = await signedIn('gil');
  const deaf = await runHost('lean', { ...over(mocks), ...known, DATA_DIR: host.dataDir, IDENTITY_URL: away });
  who.cookies(new URL(deaf.url).host).set('sid', id);
  const answer = await who.send('POST', `${deaf.url}/api/auth/logout`);
  expect([answer.status, answer.json().url, await lives(id)]).toEqual([200, `${deaf.url}/`, false]);
  await stop(deaf);
  silent.closeAllConnections();
  silent.close();
});

describe('a logout token of the provider', () => {
  const send = async (claims: Record<string, unknown>) => {
    const now = Math.floor(Date.now() / 1_000);
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const token = await sign({ iss: issuer, aud: 'shop', iat: now, exp: now + 60, events, ...claims });
    const again = async () => {
      const body = new URLSearchParams({ logout_token: token });
      return (await fetch(`${host.url}/api/auth/backchannel-logout`, { method: 'POST', body })).status;
    };
    return { status: await again(), again };
  };

  test('ends the session that it names, once, and no other', async () => {
    const [one, two] = [await signedIn('chen', 'sid-1'), await signedIn('chen', 'sid-2')];
    const { status, again } = await send({ jti: 'j1', sid: 'sid-1' });
    expect([status, await lives(one.id), await lives(two.id)]).toEqual([204, false, true]);
    const later = await signedIn('chen', 'sid-1');
    expect([await again(), await lives(later.id)]).toEqual([400, true]);
  });

  test('that names a subject ends all that are theirs', async () => {
    const all = [await signedIn('dora', 'sid-3'), await signedIn('dora'), await signedIn('emil')];
    expect((await send({ jti: 'j2', sub: 'dora' })).status).toBe(204);
    expect(await Promise.all(all.map(({ id }) => lives(id)))).toEqual([false, false, true]);
  });

  test('that could not be done is done when the provider sends it again', async () => {
    const { id } = await signedIn('fay', 'sid-4');
    const database = new DatabaseSync(join(host.dataDir, 'state.db'));
    // The store can note whatever it likes, but end no session.
    database.exec(`CREATE TRIGGER full BEFORE DELETE ON keys WHEN OLD.key LIKE 'session:%'
      BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    const { status, again } = await send({ jti: 'j3', sid: 'sid-4' });
    database.exec('DROP TRIGGER full');
    database.close();
    expect([status, await lives(id)]).toEqual([503, true]);
    expect([await again(), await lives(id)]).toEqual([204, false]);
  });
});
