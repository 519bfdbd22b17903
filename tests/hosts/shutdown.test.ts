import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PURGES, readEntry } from '#kernel/cache/purge-entry.ts';
import { startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { appToken } from '#tests/support/app-login.ts';
import { answers, freePort, type Running, run, runHost, runScript, stop } from '#tests/support/host.ts';
import { LONG } from '#tests/support/long.ts';
import { longTest } from '#tests/support/long-test.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { followTokenRequests } from '#tests/support/token-requests.ts';
import { until } from '#tests/support/until.ts';
import { gated, type Handler, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';
import { bytesOf, openWire } from './wire.ts';

const running: Running[] = [];
let mocksPort: number;
/** A catalog in front of the mocks' own, which keeps one product back until it is let go. */
let catalog: TestUpstream;
let gate: ReturnType<typeof gated>;

beforeAll(async () => {
  const mocks = await startMockServer(0, { latency: 'none' });
  mocksPort = mocks.port;
  catalog = await startUpstream();
  const ofMocks: Handler = async (response, { path }) => {
    const answer = await fetch(`http://127.0.0.1:${mocksPort}${path}`);
    raw(response, await answer.text(), { 'content-type': 'application/json' });
  };
  gate = gated(ofMocks);
  catalog.otherwise = ofMocks;
  catalog.on('/catalog/products/p-000077', (...given) => gate.handler(...given));
  return async () => {
    await catalog.close();
    await mocks.close();
  };
});
afterEach(() => {
  gate.open();
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});

const slowCatalog = () => ({ MOCKS_PORT: String(mocksPort), CATALOG_URL: `${catalog.url}catalog/` });

async function start(env: Record<string, string> = { MOCKS_PORT: String(mocksPort) }): Promise<Running> {
  const host = await runHost('lean', env);
  running.push(host);
  return host;
}

const dataDir = () => mkdtempSync(join(tmpdir(), 'tributary-data-'));

/** A lean host with a module of our own before its own. */
async function startWith(code: string, env: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const own = { NODE_ENV: 'production', WARM_UP: '0', DRAIN_PATIENCE: '400', DATA_DIR: dataDir() };
  const module = `data:text/javascript,${encodeURIComponent(code)}`;
  const host = run(['--import', module, 'server.ts'], { port, env: { ...own, ...env } });
  running.push(host);
  await answers(host, '/api/health/ready');
  return host;
}

/** Prints an error at SIGUSR2, and keeps how many exceptions nobody has caught. */
const printing = `
  import { writeFileSync } from 'node:fs';
  let uncaught = 0;
  const tell = () => writeFileSync(process.env.TELL, String(uncaught));
  process.on('uncaughtExceptionMonitor', () => uncaught++);
  process.on('SIGUSR2', () => { process.stderr.write('out'); setTimeout(tell); });
  process.on('exit', tell);
`;

/** Whether anybody listens on a port. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

const slowly = bytesOf('GET', '/api/products/p-000077', ['Host: x']);
const isUnderWay = () => until('it is under way', () => gate.waiting() === 1);
const ready = bytesOf('GET', '/api/health/ready', ['Host: x']);

describe('SIGTERM', () => {
  test('lets what is in flight finish, takes nothing new, and ends with exit code 0', async () => {
    const host = await start(slowCatalog());
    const [busy, half, idle] = await Promise.all([openWire(host.port), openWire(host.port), openWire(host.port)]);
    const streams = await fetch(`${host.url}/api/events?topics=catalog`);
    idle.send(ready);
    expect((await idle.read())?.status).toBe(200);
    busy.send(slowly);
    half.send(ready.slice(0, -2));
    await isUnderWay();

    const answered = busy.read();
    host.child.kill('SIGTERM');
    // npm passes on the Ctrl-C that the terminal has sent to us already: under `npm start` two are the rule.
    host.child.kill('SIGTERM');
    const first = await Promise.race([idle.closed.then(() => 'idle'), answered.then(() => 'busy')]);
    expect(first, 'idle connections are closed at once').toBe('idle');
    expect(await streams.text(), 'streams end at once, with the time to come back').toMatch(
      /retry: \d+\nevent: reconnect\ndata: .+\n\n$/,
    );
    await expect.poll(() => listens(host.port), { message: 'new connections are refused' }).toBe(false);
    expect(host.child.exitCode, 'it waits for what is in flight').toBeNull();

    half.send('\r\n');
    const draining = await half.read();
    expect([draining?.status, JSON.parse(draining?.body ?? '{}').code]).toEqual([503, 'draining']);
    expect(draining?.headers['content-type']).toBe('application/problem+json');
    expect(draining?.headers['cache-control']).toBe('no-store');

    gate.open();
    const whole = await answered;
    expect([whole?.status, JSON.parse(whole?.body ?? '{}').id]).toEqual([200, 'p-000077']);
    expect(whole?.headers.connection, 'kept alive, it would hold the host up').toBe('close');
    expect(await host.ended).toBe(0);
    expect(await listens(mocksPort), 'mocks that it has found are left alone').toBe(true);
  });

  longTest('while the state can’t take a token that was just renewed: it is stored at last', async () => {
    const issuer = await startMockServer(0, { latency: 'none', accessTokenTtl: 1 });
    onTestFinished(() => issuer.close());
    const env = { MOCKS_PORT: String(issuer.port), DATA_DIR: dataDir() };
    const host = await start(env);
    const who = visitor();
    await signIn(who, host.url, 'ada');
    const cookie = `sid=${who.cookies(new URL(host.url).host).get('sid')}`;
    const account = ({ url }: Running) => fetch(`${url}/api/account`, { headers: { cookie } });

    const store = new DatabaseSync(join(env.DATA_DIR, 'state.db'), { timeout: PATIENCE });
    onTestFinished(() => store.close());
    let ending = false;
    const answered: number[] = [];
    const asked = () => {
      if (ending) return;
      ending = true;
      // From now on nobody else can write.
      store.exec('BEGIN IMMEDIATE');
      host.child.kill('SIGTERM');
    };
    onTestFinished(followTokenRequests({ asked, answered: (status) => answered.push(status) }));
    while (!ending) expect((await account(host)).status).toBe(200);
    store.exec('ROLLBACK');
    expect(await host.ended).toBe(0);

    const next = await start(env);
    const before = answered.length;
    do expect((await account(next)).status).toBe(200);
    while (answered.length === before);
    expect(new Set(answered)).toEqual(new Set([200]));
  });

  test('waits until the log has a purge that its store could not take', async () => {
    const DATA_DIR = dataDir();
    const host = await start({ MOCKS_PORT: String(mocksPort), DATA_DIR });
    const file = join(DATA_DIR, 'state.db');
    const blocker = new DatabaseSync(file);
    blocker.exec('BEGIN IMMEDIATE');
    const answer = await fetch(`${host.url}/api/cart/lines`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await appToken(mocksPort, 'owed')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ product: 'p-000042', quantity: 1 }),
    });
    expect(answer.status).toBe(201);
    host.child.kill('SIGTERM');
    await expect.poll(() => listens(host.port)).toBe(false);
    blocker.exec('ROLLBACK');
    blocker.close();
    expect(await host.ended).toBe(0);
    const state = openSqliteState(file);
    const purged = (await state.read(PURGES, 0, 10)).flatMap(({ value }) => readEntry(value).tags);
    await state.close();
    expect(purged).toContainEqual(expect.stringContaining('cart'));
  });

  longTest('after SIGINT, and SIGINT after both, still lets what is in flight finish', async () => {
    const host = await start(slowCatalog());
    const wire = await openWire(host.port);
    wire.send(slowly);
    await isUnderWay();
    host.child.kill('SIGINT');
    await expect.poll(() => listens(host.port)).toBe(false);
    host.child.kill('SIGTERM');
    host.child.kill('SIGINT');
    gate.open();
    expect((await wire.read())?.status).toBe(200);
    wire.close();
    expect(await host.ended).toBe(0);
  });

  longTest(
    'shows in readiness for as long as DRAIN_NOTICE says, in which each answer is the last on its connection',
    async () => {
      const host = await start({ MOCKS_PORT: String(mocksPort), DRAIN_NOTICE: '60' });
      const before = await openWire(host.port);
      before.send(ready);
      expect((await before.read())?.headers.connection).not.toBe('close');
      host.child.kill('SIGTERM');
      const asked = async (bytes: string) => {
        const wire = await openWire(host.port);
        wire.send(bytes);
        const reply = await wire.read();
        wire.close();
        return [reply?.status, reply?.headers.connection];
      };
      await expect.poll(() => asked(ready)).toEqual([503, 'close']);
      expect(await asked(bytesOf('GET', '/api/health/live', ['Host: x']))).toEqual([200, 'close']);
      expect(await asked(bytesOf('GET', '/api/categories', ['Host: x']))).toEqual([200, 'close']);
      before.send(bytesOf('GET', '/api/health/live', ['Host: x']));
      expect((await before.read())?.headers.connection, 'on one that was open as well').toBe('close');
      before.close();
      expect(host.child.exitCode).toBeNull();
    },
  );

  longTest(
    'ends the mocks that the host has started, and the host itself though no one reads what it prints',
    async () => {
      const ours = await freePort();
      const told = join(dataDir(), 'uncaught');
      const host = await startWith(printing, { MOCKS_PORT: String(ours), TELL: told });
      expect(await listens(ours)).toBe(true);
      // As a log shipper that is replaced, or `npm start | head`.
      host.child.stdout?.destroy();
      host.child.stderr?.destroy();
      host.child.kill('SIGUSR2');
      await expect.poll(() => existsSync(told)).toBe(true);
      expect((await fetch(`${host.url}/api/products/p-000042`)).status, 'it goes on').toBe(200);
      expect(await stop(host)).toBe(0);
      expect(readFileSync(told, 'utf8'), 'what can’t be printed is no exception, which would be printed').toBe('0');
      expect(await listens(ours)).toBe(false);
    },
  );

  longTest('ends a host that something holds, soon after its patience, and says so', async () => {
    const held = 'import http from "node:http"; http.Server.prototype.close = () => undefined;';
    const host = await startWith(held, { MOCKS_PORT: String(mocksPort), DRAIN_PATIENCE: '1' });
    expect(await stop(host)).toBe(1);
    expect(host.output()).toContain('Not all of this server could be ended in time.');
  });

  longTest('that never came: mocks whose host was killed leave by themselves', async () => {
    const ours = await freePort();
    const host = await start({ MOCKS_PORT: String(ours) });
    host.child.kill('SIGKILL');
    await host.ended;
    await expect.poll(() => listens(ours)).toBe(false);
  });
});

// Of the long run.
if (LONG)
  describe('npm, which alone is asked to end,', () => {
    const begin = async (script: string, env: Record<string, string>, path: string, on?: number) => {
      const port = await freePort();
      const publicUrl = `http://127.0.0.1:${port}`;
      const own = {
        NODE_ENV: 'production',
        PUBLIC_URL: publicUrl,
        DATA_DIR: dataDir(),
      };
      const npm = runScript(script, { port, env: { ...own, ...env } });
      running.push(npm);
      await answers(on === undefined ? npm : { ...npm, url: `http://127.0.0.1:${on}` }, path);
      return npm;
    };
    const gone = (...ports: number[]) =>
      expect.poll(async () => (await Promise.all(ports.map(listens))).some(Boolean), { timeout: PATIENCE }).toBe(false);

    test.each(['SIGTERM', 'SIGKILL'] as const)(
      'by %s takes its server along, in order, and the mocks',
      async (signal) => {
        const ours = await freePort();
        const npm = await begin('start', { MOCKS_PORT: String(ours) }, '/api/health/ready');
        const half = await openWire(npm.port);
        half.send(ready.slice(0, -2));
        npm.child.kill(signal);
        await gone(npm.port);
        half.send('\r\n');
        expect((await half.read())?.status, 'what was under way is answered').toBe(503);
        half.close();
        await gone(ours);
      },
    );

    test('takes the mocks along that it has started', async () => {
      const ours = await freePort();
      const npm = await begin('mocks', { MOCKS_PORT: String(ours) }, '/__health', ours);
      npm.child.kill('SIGTERM');
      await gone(ours);
    });
  });

describe('a host that can’t start', () => {
  const failing = async (env: Record<string, string>, port: number) => {
    const host = run(['server.ts'], { port, env: { NODE_ENV: 'production', ...env } });
    running.push(host);
    const code = await host.ended;
    return { code, output: host.output() };
  };

  test('says plainly that its port is taken, and leaves no mocks behind', async () => {
    const ours = await freePort();
    const { code, output } = await failing({ MOCKS_PORT: String(ours) }, mocksPort);
    expect(code).toBe(1);
    expect(output).toMatch(/port.* Set PORT to a free one/);
    expect(output).not.toMatch(/EADDRINUSE|\n\s+at /);
    await expect.poll(() => listens(ours)).toBe(false);
  });

  longTest('says plainly that the mocks’ port is taken by something else', async () => {
    const upstream = await startUpstream();
    onTestFinished(() => upstream.close());
    const other = new URL(upstream.url);
    const { code, output } = await failing({ MOCKS_PORT: other.port }, await freePort());
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`Port ${other.port} is taken by another program. Set MOCKS_PORT to a free one`));
    expect(output).not.toMatch(/\n\s+at /);
  });

  test('lists everything that is wrong with its environment at once, each with an example, and no stack', async () => {
    const env = {
      MOCKS_PORT: '0',
      PUBLIC_URL: 'shop',
      CATALOG_URL: 'ftp://u:secret@c/',
      LOG_LEVEL: 'loud',
      MOCKS: 'warehouse',
    };
    const { code, output } = await failing({ ...env, PORT: 'eighty' }, 1);
    expect(code).toBe(1);
    for (const name of [...Object.keys(env), 'PORT'])
      expect(output).toMatch(new RegExp(`^ +${name}=.*Example: ${name}=`, 'm'));
    expect(output).not.toMatch(/secret|\n\s+at |EnvError|ZodError/);
  });

  longTest('says so on Next as well, before any client asks it for anything', async () => {
    const next = fileURLToPath(new URL('../../node_modules/next/dist/bin/next', import.meta.url));
    const port = await freePort();
    const host = run([next, 'start', '-p', String(port), '-H', '127.0.0.1'], {
      port,
      env: { NODE_ENV: 'production', CATALOG_URL: 'nowhere' },
    });
    running.push(host);
    expect(await host.ended).toBe(1);
    expect(host.output()).toMatch(/CATALOG_URL=nowhere is not .*Example: CATALOG_URL=/);
  });

  test('lists every upstream that has neither an address nor a mock', async () => {
    const { code, output } = await failing({ PUBLIC_URL: 'https://shop.example.com' }, await freePort());
    const missing = [...output.matchAll(/^ +([A-Z_]+) is not set/gm)].map(([, name]) => name);
    expect(code).toBe(1);
    expect(missing.sort()).toEqual(
      [
        ...['CATALOG', 'PRICING', 'INVENTORY', 'REVIEWS', 'RECOMMENDATIONS', 'CONTENT'].map((name) => `${name}_URL`),
        ...['CART', 'ORDERS', 'CUSTOMERS', 'SHIPPING', 'PAYMENTS', 'SUPPORT'].map((name) => `${name}_URL`),
        ...['IDENTITY_CLIENT_ID', 'IDENTITY_CLIENT_SECRET', 'IDENTITY_URL', 'STATE_KEYS'],
      ].sort(),
    );
  });
});

if (LONG)
  describe('the host’s banner', () => {
    test('names what is mocked and what is live, and everything answers', async () => {
      const host = await start({
        MOCKS_PORT: String(mocksPort),
        REVIEWS_URL: `http://127.0.0.1:${mocksPort}/reviews/`,
      });
      await answers(host, '/api/products/p-000042');
      expect(host.output()).toMatch(
        /Mocked +catalog, pricing, inventory, recommendations, content, cart, orders, customers, shipping, payments, support on port/,
      );
      expect(host.output()).toMatch(/Live +reviews/);
      expect((await fetch(`${host.url}/api/home`, { headers: { 'x-scenario': 'reviews=down' } })).status).toBe(400);
    });
  });
