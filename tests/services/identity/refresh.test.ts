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
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import {
  endSession,
  findSession,
  openSession,
  type Sessions,
  saveSession,
  type Tokens,
  tokensOf,
} from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { type State, stateError } from '#kernel/state/state.ts';
import { accessTokenOf, type Grants, invalidGrant, renewalsEnded } from '#services/identity/refresh.ts';
import { writeAnyway } from '#services/identity/unsaved-tokens.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { stopTime } from '#tests/support/virtual-time.ts';

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
  accessTokenOf(through, await found(id, through), grantsOf(grants));
const grantsOf = (given: Partial<Grants>): Grants => ({
  timeout: 6 * SECOND,
  renew: async (refresh) => {
    unwanted.push(`renewed ${refresh}`);
    return tokens('unwanted');
  },
  revoke: async (refresh) => void unwanted.push(`revoked ${refresh}`),
  ...given,
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
  /** The store, of which some calls fail as those of a busy file do: those of one method whose key begins so. */
  const failing = (method: 'swap' | 'commit' | 'get' | 'remove', times: number, begin = ''): Sessions => {
    let left = times;
    const fails = (...given: never[]) =>
      String(given[0]).startsWith(begin) && left-- > 0
        ? Promise.reject(stateError(new Error('database is locked')))
        : (sessions.state[method] as (...all: never[]) => Promise<never>)(...given);
    return { ...sessions, state: { ...sessions.state, [method]: fails } };
  };

  test('it says that it was the store, and neither renews nor ends anything', async () => {
    const id = await open();
    now += 90_000;
    const session = await found(id);
    for (const through of [failing('commit', 1), failing('get', 1), failing('swap', 1, 'renewal:')]) {
      await expect(accessTokenOf(through, session, grantsOf({}))).rejects.toMatchObject({
        kind: 'call-error',
        reason: 'unavailable',
        store: true,
      });
    }
    expect(await findSession(sessions, id)).toBeDefined();
  });

  test('a lease is given up once the store takes it', async () => {
    const id = await open();
    now += 90_000;
    const { hash } = await found(id);
    expect(await ask(id, { renew: async () => tokens('2') }, failing('remove', 2))).toBe('access-2');
    expect(await sessions.state.get(`renewal:${hash}`)).toBeDefined();
    await renewalsEnded(MINUTE);
    expect(await sessions.state.get(`renewal:${hash}`)).toBeUndefined();
  });

  test('a process that ends waits for the renewal, and until the store has taken it', async () => {
    const id = await open();
    now += 90_000;
    const issuer = Promise.withResolvers<Tokens>();
    const asked = Promise.withResolvers<void>();
    const renew = () => {
      asked.resolve();
      return issuer.promise;
    };
    const asking = ask(id, { renew }, failing('swap', 2, 'session:'));
    await asked.promise;
    const over = renewalsEnded(MINUTE);
    issuer.resolve(tokens('2'));
    await over;
    expect(tokensOf(sessions, await found(id))?.refresh).toBe('refresh-2');
    expect(await asking).toBe('access-2');
  });

  test('nothing is renewed where too much is left to write', async () => {
    const id = await open();
    now += 90_000;
    const fails = () => Promise.reject(stateError(new Error('database is locked')));
    for (let at = 0; at < 1_000; at++) await writeAnyway(String(at), tokens('1'), fails);
    expect(await ask(id, {})).toBe('access-1');
  });
});

describe('with a store that is away just after the issuer has renewed a token', () => {
  let away: boolean;
  let through: Sessions;
  let id: string;
  let hash: string;
  let renewed: string[];
  let revoked: string[];

  const renew = async (refresh: string) => {
    renewed.push(refresh);
    away = renewed.length === 1;
    return tokens(String(renewed.length + 1));
  };
  const grants = () => grantsOf({ renew, revoke: async (refresh) => void revoked.push(refresh) });
  /** Of the clock of sessions, store and timers. */
  const pass = async (milliseconds: number) => {
    const step = 100;
    for (let passed = 0; passed < milliseconds; passed += step) {
      now += step;
      await vi.advanceTimersByTimeAsync(step);
    }
  };

  beforeEach(async () => {
    await stopTime();
    away = false;
    [renewed, revoked] = [[], []];
    const state = new Proxy(sessions.state, {
      get(store, name: keyof State) {
        const method = store[name] as (...given: unknown[]) => Promise<unknown>;
        return async (...given: unknown[]) => {
          if (away) throw stateError(new Error('the database is starting up'));
          return method(...given);
        };
      },
    });
    through = { ...sessions, state };
    id = await open();
    now += 90_000;
    const session = await found(id);
    hash = session.hash;
    expect(await accessTokenOf(through, session, grants())).toBe('access-2');
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('it serves, is stored once the store is back, and its refresh token is the next that is spent', async () => {
    const session = await found(id);
    for (let second = 0; second < 30; second++) {
      await pass(SECOND);
      expect(await accessTokenOf(through, session, grants())).toBe('access-2');
    }
    // Another instance may reach the store sooner: the old refresh token is not its to send.
    expect(await sessions.state.claim(`renewal:${hash}`, 'another', { ttl: MINUTE })).toBeDefined();
    away = false;
    await pass(SECOND);
    expect(tokensOf(sessions, await found(id))?.refresh).toBe('refresh-2');
    expect(await sessions.state.get(`renewal:${hash}`)).toBeUndefined();
    now += 50_000;
    expect(await ask(id, grants(), through)).toBe('access-3');
    expect(renewed).toEqual(['refresh-1', 'refresh-2']);
  });

  test('it is not renewed before it is stored, though its lease has run out and an upstream refuses it', async () => {
    await pass(MINUTE);
    const session = await found(id);
    // The store is back, and this process has yet to try again.
    expect(await accessTokenOf(sessions, session, grants(), 'access-2')).toBe('access-2');
    expect(renewed).toEqual(['refresh-1']);
  });

  test('a session that was ended meanwhile is not revived: what renews it is revoked', async () => {
    await pass(SECOND);
    await endSession(sessions, hash);
    away = false;
    await pass(SECOND);
    expect(await findSession(sessions, id)).toBeUndefined();
    expect(revoked).toEqual(['refresh-2']);
  });

  test('newer tokens of another instance are not replaced', async () => {
    const session = await found(id);
    const newer = seal.seal(JSON.stringify(tokens('newer')), hash);
    await saveSession(sessions, { ...session, session: { ...session.session, tokens: newer } });
    away = false;
    await pass(SECOND);
    expect(await ask(id, grants(), through)).toBe('access-newer');
    expect(revoked).toEqual([]);
  });

  test('a process that ends does not wait for it for ever', async () => {
    vi.useRealTimers();
    await renewalsEnded(1);
    expect(tokensOf(sessions, await found(id))?.refresh).toBe('refresh-1');
  });

  test('nothing is left to try once the session is past its time', async () => {
    now += 12 * 60 * MINUTE;
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(revoked).toEqual(['refresh-2']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a lease', () => {
  test('that ran out under a slow renewal is not taken from its next holder', async () => {
    const id = await open();
    const { hash } = await found(id);
    now += 90_000;
    const renew = async () => {
      now += MINUTE;
      expect(await sessions.state.claim(`renewal:${hash}`, 'another', { ttl: MINUTE })).toBeUndefined();
      return tokens('2');
    };
    expect(await ask(id, { renew })).toBe('access-2');
    expect((await sessions.state.get(`renewal:${hash}`))?.value).toBe('another');
  });

  test('that another has taken over before the grant is sent sends none', async () => {
    const id = await open(tokens('1', 1_000_000));
    const { hash } = await found(id);
    now += 900_000;
    const swap: State['swap'] = async (key, ...given) => {
      if (key.startsWith('renewal:')) {
        now += 12 * SECOND;
        expect(await sessions.state.claim(key, 'another', { ttl: MINUTE })).toBeUndefined();
      }
      return sessions.state.swap(key, ...given);
    };
    expect(await ask(id, {}, { ...sessions, state: { ...sessions.state, swap } })).toBe('access-1');
    expect((await sessions.state.get(`renewal:${hash}`))?.value).toBe('another');
  });

  test('that was long in coming sends no grant that might outlive it', async () => {
    const id = await open(tokens('1', 1_000_000));
    now += 900_000;
    const swap: State['swap'] = async (...given) => {
      const version = await sessions.state.swap(...given);
      now += 49 * SECOND;
      return version;
    };
    expect(await ask(id, {}, { ...sessions, state: { ...sessions.state, swap } })).toBe('access-1');
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
