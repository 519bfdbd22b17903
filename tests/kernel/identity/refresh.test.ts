import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { accessTokenOf, type Grants, invalidGrant } from '#kernel/identity/refresh.ts';
import {
  endSession,
  findSession,
  openSession,
  type Sessions,
  type Tokens,
  tokensOf,
} from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { openSqliteState } from '#kernel/state/sqlite.ts';
import { stateError } from '#kernel/state/state.ts';

const RENEWER = fileURLToPath(new URL('./renewer.ts', import.meta.url));
const MINUTE = 60_000;
const SECOND = 1_000;

let folder: string;
let now: number;
let sessions: Sessions;
/** What was asked of the issuer where nothing was to be. */
let unwanted: string[];
const key = randomBytes(32);
const seal = createSeal([key]);

const tokens = (name: string, life = 100_000): Tokens => ({
  access: `access-${name}`,
  refresh: `refresh-${name}`,
  obtainedAt: now,
  expiresAt: now + life,
});
const open = (given = tokens('1')) =>
  openSession(sessions, {
    issuer: 'https://issuer.test',
    subject: 'ada',
    sid: undefined,
    name: undefined,
    agent: 'test',
    guest: undefined,
    tokens: given,
  });
const found = async (id: string, through = sessions) => {
  const session = await findSession(through, id);
  if (session === undefined) throw new Error('there is no such session');
  return session;
};
const ask = async (id: string, grants: Partial<Grants>, through = sessions) =>
  accessTokenOf(through, await found(id, through), {
    renew: async (refresh) => {
      unwanted.push(`renewed ${refresh}`);
      return tokens('unwanted');
    },
    revoke: async (refresh) => void unwanted.push(`revoked ${refresh}`),
    ...grants,
  });
const signedOut = { reason: 'denied', status: 401 };

beforeEach(() => {
  resetRegistry();
  unwanted = [];
  folder = mkdtempSync(join(tmpdir(), 'tributary-refresh-'));
  now = 1_000_000_000_000;
  sessions = { state: openSqliteState(join(folder, 'state.db'), () => now), seal, now: () => now };
});
afterEach(async () => {
  await sessions.state.close();
  rmSync(folder, { recursive: true, force: true });
  expect(unwanted).toEqual([]);
});

describe('the access token', () => {
  test('serves until 80 % of its life have passed, then it is renewed', async () => {
    const id = await open();
    const renew = async (refresh: string) => ({ ...tokens('2'), refresh: `${refresh}+` });
    now += 79_999;
    expect(await ask(id, { renew })).toBe('access-1');
    now += 1;
    expect(await ask(id, { renew })).toBe('access-2');
    now += 79_999;
    expect(await ask(id, { renew })).toBe('access-2');
  });

  test('serves on while the issuer can’t be reached, and no longer than it lives', async () => {
    const id = await open();
    const renew = () => Promise.reject(new Error('no route'));
    now += 90_000;
    expect(await ask(id, { renew })).toBe('access-1');
    now += 10_000;
    await expect(ask(id, { renew })).rejects.toMatchObject({ reason: 'unavailable' });
    expect(await findSession(sessions, id)).toBeDefined();
    expect(await ask(id, { renew: async () => tokens('2') })).toBe('access-2');
  });

  test('while it lasts, waits for no renewal, and after a failed one none is tried for ten seconds', async () => {
    const id = await open();
    const hanging = Promise.withResolvers<Tokens>();
    now += 80_000;
    const first = ask(id, { renew: () => hanging.promise });
    expect(await ask(id, {})).toBe('access-1');
    // Another process: it sees the lease alone.
    resetRegistry();
    expect(await ask(id, {})).toBe('access-1');
    hanging.reject(new Error('timeout'));
    expect(await first).toBe('access-1');
    now += 9_999;
    expect(await ask(id, {})).toBe('access-1');
    now += 1;
    expect(await ask(id, { renew: async () => tokens('2') })).toBe('access-2');
  });

  test('that has ended while its renewal rested is renewed at once', async () => {
    const id = await open();
    now += 95_000;
    expect(await ask(id, { renew: () => Promise.reject(new Error('no route')) })).toBe('access-1');
    now += 5_000;
    expect(await ask(id, { renew: async () => tokens('2') })).toBe('access-2');
  });

  test('ends the session where the issuer has ended the grant, and only there', async () => {
    const id = await open();
    now += 90_000;
    await expect(ask(id, { renew: () => Promise.reject(invalidGrant(undefined)) })).rejects.toMatchObject(signedOut);
    expect(await findSession(sessions, id)).toBeUndefined();
  });

  test('that has ended and can not be renewed ends the session, so that it does not look alive', async () => {
    const id = await open({ ...tokens('1'), refresh: undefined });
    now += 100_000;
    await expect(ask(id, {})).rejects.toMatchObject(signedOut);
    expect(await findSession(sessions, id)).toBeUndefined();
  });

  test('of a session that can’t be read is anonymous: there is no such session', async () => {
    const id = await open(tokens('1'));
    expect(await findSession({ ...sessions, seal: createSeal([randomBytes(32)]) }, id)).toBeUndefined();
  });

  test('that can not be renewed serves to its end', async () => {
    const id = await open({ ...tokens('1'), refresh: undefined });
    now += 99_999;
    expect(await ask(id, {})).toBe('access-1');
  });

  test('is not lost when a use is written down meanwhile', async () => {
    const id = await open();
    now += 90_000;
    const renew = async () => {
      now += MINUTE;
      await found(id);
      return tokens('2');
    };
    expect(await ask(id, { renew })).toBe('access-2');
    expect(await ask(id, {})).toBe('access-2');
  });

  test('that comes after its session was ended is not used, and what renews it is revoked', async () => {
    const id = await open();
    now += 90_000;
    const revoked: string[] = [];
    const { hash } = await found(id);
    const renew = async () => {
      await endSession(sessions, hash);
      return tokens('2');
    };
    const revoke = async (refresh: string) => void revoked.push(refresh);
    await expect(ask(id, { renew, revoke })).rejects.toMatchObject(signedOut);
    expect(revoked).toEqual(['refresh-2']);
    expect(await findSession(sessions, id)).toBeUndefined();
  });
});

describe('with a store that fails', () => {
  /** The store, of which some calls fail as those of a busy file do. */
  const failing = (method: 'swap' | 'claim' | 'get' | 'remove', times: number): Sessions => {
    let left = times;
    const fails = (...given: never[]) =>
      left-- > 0
        ? Promise.reject(stateError(new Error('database is locked')))
        : (sessions.state[method] as (...all: never[]) => Promise<never>)(...given);
    return { ...sessions, state: { ...sessions.state, [method]: fails } };
  };

  test('renewed tokens are written down again and again: the old ones are spent', async () => {
    const id = await open();
    now += 90_000;
    const session = await found(id);
    const through = failing('swap', 2);
    const renew = async () => tokens('2');
    expect(await accessTokenOf(through, session, { renew, revoke: renew as never })).toBe('access-2');
    expect(tokensOf(sessions, await found(id))?.refresh).toBe('refresh-2');
  });

  test('it says that it was the store, and ends nothing', async () => {
    const id = await open();
    now += 90_000;
    const session = await found(id);
    const grants = { renew: async () => tokens('2'), revoke: async () => {} };
    for (const through of [failing('claim', 1), failing('get', 1), failing('swap', 100)]) {
      await expect(accessTokenOf(through, session, grants)).rejects.toMatchObject({
        kind: 'call-error',
        reason: 'unavailable',
        store: true,
      });
    }
    expect(await findSession(sessions, id)).toBeDefined();
  });

  test('a lease that can not be given up runs out by itself', async () => {
    const id = await open();
    now += 90_000;
    expect(await ask(id, { renew: async () => tokens('2') }, failing('remove', 1))).toBe('access-2');
    now += 100_000;
    expect(await ask(id, { renew: async () => tokens('3') })).toBe('access-3');
  });
});

describe('a lease', () => {
  test('that ran out under a slow renewal is not taken from its next holder', async () => {
    const id = await open();
    const { hash } = await found(id);
    now += 90_000;
    const renew = async () => {
      now += 10 * SECOND;
      expect(await sessions.state.claim(`renewal:${hash}`, 'another', { ttl: MINUTE })).toBeUndefined();
      return tokens('2');
    };
    expect(await ask(id, { renew })).toBe('access-2');
    expect((await sessions.state.get(`renewal:${hash}`))?.value).toBe('another');
  });
});

describe('among processes', () => {
  let issuer: ReturnType<typeof createServer>;
  let url: string;
  /** The refresh tokens that the issuer was sent, in their order. */
  let spent: string[];
  let respond: (response: ServerResponse, refresh: string) => void;
  let children: ChildProcess[];

  /** As a provider does that rotates: the second use of a refresh token ends the grant. */
  const rotate = (response: ServerResponse, refresh: string) => {
    if (spent.indexOf(refresh) !== spent.length - 1) response.writeHead(400).end('invalid_grant');
    else
      response.end(JSON.stringify({ ...tokens(String(spent.length + 1)), obtainedAt: now, expiresAt: now + MINUTE }));
  };
  /** Starts a process that stands ready to ask; resolves with what it says next, once it is told to go. */
  const start = async (id: string, times: number, late = '') => {
    const args = [RENEWER, join(folder, 'state.db'), key.toString('hex'), id, url, String(times), late];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const go = async () => {
      child.stdin.write('go\n');
      return JSON.parse((await lines.next()).value ?? '[]') as string[];
    };
    return { child, go };
  };

  beforeEach(async () => {
    // Child processes have no clock but the real one.
    now = Date.now();
    spent = [];
    children = [];
    respond = rotate;
    issuer = createServer(async (request, response) => {
      let refresh = '';
      for await (const chunk of request) refresh += chunk;
      spent.push(refresh);
      respond(response, refresh);
    }).listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    const ended = children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close'));
    for (const child of children) child.kill();
    await Promise.all(ended);
    issuer.closeAllConnections();
    issuer.close();
  });

  test('it is renewed once for fifty-one tabs in three of them', async () => {
    const id = await open({ ...tokens('1'), obtainedAt: now - MINUTE, expiresAt: now - 1 });
    respond = (response, refresh) => void setTimeout(() => rotate(response, refresh), 100);
    const processes = await Promise.all([17, 17, 17].map((times) => start(id, times)));
    const told = await Promise.all(processes.map(({ go }) => go()));
    expect(told.flat()).toEqual(Array(51).fill('access-2'));
    expect(spent).toEqual(['refresh-1']);
  });

  test('one that looked before another had renewed it looks again before it does so itself', async () => {
    const id = await open({ ...tokens('1'), obtainedAt: now - MINUTE, expiresAt: now - 1 });
    const late = await start(id, 1, 'late');
    const quick = await start(id, 1);
    expect(await quick.go()).toEqual(['access-2']);
    expect(await late.go()).toEqual(['access-2']);
    expect(spent).toEqual(['refresh-1']);
  });

  test('one that is killed in the middle of it holds nothing up whose token lasts', async () => {
    const id = await open({ ...tokens('1'), obtainedAt: now - 90_000, expiresAt: now + MINUTE / 6 });
    const asked = Promise.withResolvers<void>();
    respond = () => asked.resolve();
    const { child, go } = await start(id, 1);
    go().catch(() => undefined);
    await asked.promise;
    child.kill('SIGKILL');
    await once(child, 'close');
    now = Date.now();
    expect(await ask(id, {})).toBe('access-1');
  });
});
