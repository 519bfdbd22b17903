import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { operations } from '#operations/index.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { LONG } from '#tests/support/long.ts';
import { longTest } from '#tests/support/long-test.ts';
import { sharedHost } from '#tests/support/shared-host.ts';
import { signIn, type Visitor, visitor } from '#tests/support/visitor.ts';

const TOKEN = 'a-token-of-this-test-and-of-nothing-else';
const PRODUCT = '/api/products/p-000042';

/** Addresses that are asked for, and are no pages. */
const FILES = ['live/route.ts', 'requests/[id]/trace.json/route.ts'];

/** Every address that the inspector has, with an example for what it names. */
const SCREENS = readdirSync('app/inspector', { recursive: true, encoding: 'utf8' })
  .filter((path) => /(^|\/)(page\.tsx|route\.ts)$/.test(path))
  .map((path) => ({
    action: path.endsWith('route.ts') && !FILES.includes(path),
    page: path.endsWith('page.tsx'),
    path: `/inspector/${path.replace(/\/?(page\.tsx|route\.ts)$/, '')}`
      .replace('[...rest]', 'nowhere')
      .replace('endpoints/[id]', 'endpoints/getProduct')
      .replace('[id]', 'r-1')
      .replace('[name]', 'catalog')
      .replace(/\/$/, ''),
  }));

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

const visit = (who: Visitor, host: Running, { path, action }: (typeof SCREENS)[number]) =>
  action ? who.send('POST', host.url + path, { body: 'a=b' }) : who.get(host.url + path);

(LONG ? describe : () => undefined)('the inspector, switched off', () => {
  let host: Running;
  beforeAll(async () => {
    host = await runHost('lean', { ...over(mocks), INSPECTOR: 'off', INSPECTOR_TOKEN: TOKEN });
  });
  afterAll(() => stop(host));

  test('is nowhere, and no answer says that there could be one', async () => {
    expect(SCREENS.length).toBeGreaterThan(15);
    for (const screen of SCREENS) {
      const { status, text } = await visit(visitor(), host, screen);
      expect([screen.path, status]).toEqual([screen.path, 404]);
      expect(text).not.toMatch(/inspector-rail|Copy as curl|token/i);
    }
    const held = await visitor().get(`${host.url}/inspector`, { authorization: `Bearer ${TOKEN}` });
    expect(held.status).toBe(404);
  });
});

describe('the inspector without a token', () => {
  let host: Running;
  beforeAll(async () => {
    host = await sharedHost('lean');
  });

  test('is for this machine, by a name of this machine', async () => {
    const named = (headers: Record<string, string>) => visitor().get(`${host.url}/inspector`, headers);
    expect((await named({})).status).toBe(200);
    // A page of another site whose name was made to point here.
    expect((await raw(host, 'evil.example')).status).toBe(404);
    expect((await raw(host, `127.0.0.1:${host.port}`)).status).toBe(200);
    // Sent to our own origin, as whoever comes by another name of this machine is.
    expect((await raw(host, `evil@127.0.0.1:${host.port}`)).status).not.toBe(200);
    // A proxy on this machine, which nobody has told us of, and which asks in our own name.
    for (const field of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via']) {
      expect([field, (await named({ [field]: '127.0.0.1' })).status]).toEqual([field, 404]);
      const ops = await visitor().get(`${host.url}/api/ops/status`, { [field]: '127.0.0.1' });
      expect([field, ops.status]).toEqual([field, 404]);
    }
  });

  longTest('takes whatever stands in an address for what it is: a word that it may not know', async () => {
    const words = [
      '__proto__',
      'toString',
      '<script>alert(1)</script>',
      '\u202e',
      '-1',
      '1e999',
      '\r\nx-evil: 1',
      'a=b',
    ];
    const keys =
      'q show live tab a b lane tag refused done kind aim replayed wish return _client _scenario _etag _parts id';
    const shown = SCREENS.filter(({ path, action }) => !action && path !== '/inspector/live');
    for (const word of words) {
      const query = new URLSearchParams([['_sent', '1'], ...keys.split(' ').map((key) => [key, word])]);
      const paths = shown.flatMap(({ path }) => [`${path}?${query}`, `${path}/${encodeURIComponent(word)}`]);
      for (const path of paths) {
        const { status, text, headers } = await visitor().get(host.url + path);
        expect([path, status < 500, text.includes('<script>alert(1)'), headers.has('x-evil')]).toEqual([
          path,
          true,
          false,
          false,
        ]);
      }
    }
    expect(host.output()).not.toMatch(/Error/);
  });

  test('is not itself among the requests that it shows', async () => {
    const rows = async () =>
      (await visitor().get(`${host.url}/inspector?all=1`)).text.match(/<tr data-row/g)?.length ?? 0;
    const before = await rows();
    for (const { path, action } of SCREENS)
      if (!action && path !== '/inspector/live') await visitor().get(host.url + path);
    expect(await rows()).toBe(before);
  });

  test('shows a customer’s own reads without a value of theirs', async () => {
    const who = visitor();
    await signIn(who, host.url, 'ada');
    const own = (await ownOf(who, host)).filter((value) => !/^[aoc]-/.test(value));
    for (const path of ['/api/account', '/api/addresses', '/api/orders']) {
      await who.get(host.url + path, { 'x-request-id': `own${path.replaceAll('/', '-')}` });
      const shown = await allTabs(visitor(), host, `own${path.replaceAll('/', '-')}`);
      for (const value of own) expect(shown).not.toContain(value);
    }
  });
});

/** fetch chooses the name by itself. */
async function raw(host: Running, name: string): Promise<{ status: number }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request({ port: host.port, host: '127.0.0.1', path: '/inspector', headers: { host: name } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    })
      .on('error', reject)
      .end();
  });
}

/** What only the customer is to read: all that account and addresses say, and the ids of what is theirs. */
async function ownOf(who: Visitor, host: Running): Promise<string[]> {
  const bodies = await Promise.all(
    ['account', 'addresses', 'orders'].map(async (path) => (await who.get(`${host.url}/api/${path}`)).text),
  );
  const named = /"(?:name|email|phone|line1|line2|city|postalCode)":"([^"]{5,})"/g;
  const values = [...bodies.slice(0, 2).join().matchAll(named), ...bodies.join().matchAll(/"((?:a|o|c)-\w{4,})"/g)];
  const own = [...new Set(values.map(([, value]) => value as string))];
  expect(own.length).toBeGreaterThan(5);
  return own;
}

const TABS = ['timeline', 'payload&items=all', 'headers', 'logs', 'curl', 'replay', 'compare'];

async function allTabs(who: Visitor, host: Running, id: string, headers: Record<string, string> = {}): Promise<string> {
  const pages = [];
  for (const tab of TABS) {
    const { status, text } = await who.get(`${host.url}/inspector/requests/${id}?tab=${tab}`, headers);
    expect([tab, status]).toEqual([tab, 200]);
    pages.push(text);
  }
  return pages.join('\n');
}

describe('the inspector behind a token', () => {
  let host: Running;
  const customer = visitor();
  const bearer = { authorization: `Bearer ${TOKEN}` };

  beforeAll(async () => {
    host = await runHost('lean', { ...over(mocks), INSPECTOR: 'on', INSPECTOR_TOKEN: TOKEN });
    await signIn(customer, host.url, 'ada');
  });
  afterAll(() => stop(host));

  test('is locked to all without it, on every address of it', async () => {
    for (const screen of SCREENS) {
      const { status, headers, text } = await visit(visitor(), host, screen);
      if (screen.path.startsWith('/inspector/sign-in')) continue;
      if (!screen.page) expect([screen.path, status]).toEqual([screen.path, 404]);
      else
        expect([screen.path, status, headers.get('location')?.split('?')[0]]).toEqual([
          screen.path,
          307,
          '/inspector/sign-in',
        ]);
      expect(text).not.toContain('inspector-rail');
    }
  });

  test.each(['', 'x', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase()])(
    'another token is refused: %j',
    async (token) => {
      const held = await visitor().get(`${host.url}/inspector`, { authorization: `Bearer ${token}` });
      expect(held.status).toBe(307);
      const typed = await visitor().send('POST', `${host.url}/inspector/sign-in/enter`, {
        body: new URLSearchParams({ token }).toString(),
      });
      expect([typed.status, typed.headers.get('set-cookie')]).toEqual([303, null]);
      expect(typed.headers.get('location')).toMatch(/refused=1/);
    },
  );

  test.each(['1', '9999999999.x', `9999999999.${'A'.repeat(43)}`, `${TOKEN}`])(
    'so is a cookie that was made up: %s',
    async (pass) => {
      expect((await visitor().get(`${host.url}/inspector`, { cookie: `inspector=${pass}` })).status).toBe(307);
    },
  );

  test('opens with it, typed or as a bearer; no other site can type it', async () => {
    expect((await visitor().get(`${host.url}/inspector`, bearer)).status).toBe(200);
    const who = visitor();
    const body = new URLSearchParams({ token: TOKEN, return: '/inspector/cache' }).toString();
    const foreign = await who.send('POST', `${host.url}/inspector/sign-in/enter`, {
      body,
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(foreign.status).toBe(403);
    const typed = await who.send('POST', `${host.url}/inspector/sign-in/enter`, { body });
    expect(typed.headers.get('location')).toBe('/inspector/cache');
    expect(typed.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    expect(typed.headers.get('set-cookie')).not.toContain(TOKEN);
    expect((await who.get(`${host.url}/inspector`)).status).toBe(200);
  });

  longTest('has nothing of a customer who is signed in, wherever one looks', async () => {
    const own = await ownOf(customer, host);
    const ids = ['own-search'];
    await customer.get(`${host.url}/api/products?q=annasearchesherself`, { 'x-request-id': 'own-search' });
    await customer.get(`${host.url}/api/orders/${own.find((value) => value.startsWith('o-'))}`, {
      'x-request-id': 'own-order',
    });
    for (const { contract, route } of operations) {
      if ('live' in contract || contract.audience === 'public' || route.method !== 'GET') continue;
      const example: Readonly<Record<string, string | undefined>> = contract.example;
      const path = route.template.replaceAll(/\{(\w+)\}/g, (_, name: string) => example[name] ?? 'x');
      await customer.get(host.url + path, { 'x-request-id': `own-${contract.id}` });
      ids.push(`own-${contract.id}`);
    }
    for (const page of ['account', 'account/addresses', 'orders']) await customer.get(`${host.url}/${page}`);

    const pages = new Map<string, string>();
    const look = async (path: string) => pages.set(path, (await visitor().get(host.url + path, bearer)).text);
    await look('/inspector?all=1');
    for (const id of [...ids, 'own-order']) pages.set(id, await allTabs(visitor(), host, id, bearer));
    for (const { path, action } of SCREENS) if (!action && path !== '/inspector/live') await look(path);
    for (const { contract } of operations) await look(`/inspector/endpoints/${contract.id}`);
    expect(pages.size).toBeGreaterThan(20);
    const sid = customer.cookies(new URL(host.url).host).get('sid') as string;
    for (const value of [...own, sid, 'annasearchesherself']) {
      // A postcode may stand in a longer number by chance.
      const told = new RegExp(`(?<![\\w.])${RegExp.escape(value)}(?!\\w)`);
      const leaks = (text: string) => (/^\d+$/.test(value) ? told.test(text) : text.includes(value));
      expect([value, [...pages].filter(([, text]) => leaks(text)).map(([path]) => path)]).toEqual([value, []]);
    }
  });

  test('never sends a customer’s own requests again', async () => {
    await customer.get(`${host.url}/api/account`, { 'x-request-id': 'replayed-own' });
    const own = await visitor().send('POST', `${host.url}/inspector/requests/replayed-own/replay`, {
      body: '',
      headers: bearer,
    });
    expect(own.headers.get('location')).toBe('/inspector/requests/replayed-own');
    await visitor().get(host.url + PRODUCT, { 'x-request-id': 'replayed' });
    const anybodys = await visitor().send('POST', `${host.url}/inspector/requests/replayed/replay`, {
      body: '',
      headers: bearer,
    });
    expect(anybodys.headers.get('location')).not.toBe('/inspector/requests/replayed');
  });
});
