import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { LONG, OWN_HOSTS } from '#tests/support/long.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const DRAFT = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };
const WRITES = { RATE_LIMIT_WRITES: '3/1h' };

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** The loopback address to come from: every one of 127.0.0.0/8 is another client. */
  readonly from?: string;
  readonly json?: unknown;
}

function ask({ url }: Running, path: string, { method = 'GET', headers = {}, from, json }: Ask = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  const local = from === undefined ? {} : { localAddress: from };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { ...type, ...headers }, agent: false, ...local };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(fields), body });
      });
    });
    sent.on('error', reject);
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });
}

/** The statuses of this many, one after the other. */
async function times(count: number, one: (number: number) => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let number = 0; number < count; number++) statuses.push((await one(number)).status);
  return statuses;
}

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

for (const kind of OWN_HOSTS) {
  describe(`the ${kind} host, with little to give,`, () => {
    let host: Running;
    beforeAll(async () => {
      host = await runHost(kind, { ...over(mocks), ...WRITES, RATE_LIMIT_READS: '4/1h', RATE_LIMIT_LOGINS: '2/1h' });
    });
    afterAll(() => stop(host));

    const bearer = async (subject: string) => ({ authorization: `Bearer ${await appToken(mocks.port, subject)}` });
    const add = (headers: Record<string, string>, from?: string) =>
      ask(host, '/api/addresses', { method: 'POST', headers, json: DRAFT, ...(from && { from }) });
    /** A write of nobody’s, which is refused; or one too many, which is not even looked at. */
    const knock = (headers: Record<string, string> = {}, from = '127.0.0.1') =>
      ask(host, '/api/addresses/a-000001', { method: 'DELETE', headers, from });

    test('refuses the write that is one too many, whichever it is, and says when its time has come', async () => {
      const ada = await bearer('ada');
      const first = await add(ada);
      expect([first.status, first.headers['ratelimit-policy'], first.headers.ratelimit]).toEqual([
        201,
        '"writes";q=3;w=3600',
        expect.stringMatching(/^"writes";r=2;t=3[56]\d\d$/),
      ]);
      // Another operation, and another route file in Next.
      const read = await ask(host, first.headers.location ?? '', { headers: ada });
      const change = { method: 'DELETE', headers: { ...ada, 'if-match': read.headers.etag ?? '' } };
      expect((await ask(host, first.headers.location ?? '', change)).status).toBe(204);
      expect((await add(ada)).status).toBe(201);

      const refused = await add(ada);
      expect([refused.status, refused.headers['content-type']]).toEqual([429, 'application/problem+json']);
      expect(JSON.parse(refused.body)).toMatchObject({
        type: `${host.url}/problems/too-many-requests`,
        code: 'too-many-requests',
        'violated-policies': ['writes'],
      });
      expect(refused.headers['retry-after']).toMatch(/^3[56]\d\d$/);
      expect(refused.headers.ratelimit).toBe(`"writes";r=0;t=${refused.headers['retry-after']}`);
      // Elsewhere it is the same customer, and here there are others.
      expect((await add(ada, '127.0.0.9')).status).toBe(429);
      expect((await add(await bearer('bo'))).status).toBe(201);
    });

    test('lets strangers use up what is theirs, and nothing of who has signed in at the same address', async () => {
      const stranger = await times(5, () => knock());
      expect(stranger).toEqual([401, 401, 401, 429, 429]);
      expect(await times(1, () => knock({ authorization: 'Bearer x' }))).toEqual([429]);
      expect((await add(await bearer('chen'))).status).toBe(201);
      expect((await knock({}, '127.0.0.2')).status).toBe(401);
    });

    test('believes no X-Forwarded-For, nor anything like it, however it is written', async () => {
      const spoofed = (number: number): Record<string, string> => ({
        'x-forwarded-for': `203.0.113.${number}${', 198.51.100.1'.repeat(number % 3)}`,
        'x-real-ip': `203.0.113.${number}`,
        forwarded: `for=203.0.113.${number}`,
        'x-client-ip': `203.0.113.${number}`,
      });
      expect(await times(5, (number) => knock(spoofed(number), '127.0.0.3'))).toEqual([401, 401, 401, 429, 429]);
    });

    test('limits logins by themselves, so that who could begin one can end it', async () => {
      const begin = () => ask(host, '/api/auth/login', { from: '127.0.0.4' });
      const end = () => ask(host, '/api/auth/callback?code=a&state=b', { from: '127.0.0.4' });
      expect(await times(3, begin)).toEqual([303, 303, 429]);
      expect(await times(3, end)).toEqual([400, 400, 429]);
      expect(JSON.parse((await begin()).body)['violated-policies']).toEqual(['logins']);
      expect((await ask(host, '/api/auth/login', { from: '127.0.0.5' })).headers).not.toHaveProperty('ratelimit');
    });

    test('limits reads that have to be made, never what is kept, and never probes', async () => {
      const from = '127.0.0.6';
      const product = (number: number) => ask(host, `/api/products/p-00040${number}`, { from });
      // Categories are kept for longest: for longer than this takes anywhere.
      const kept = () => ask(host, '/api/categories', { from });
      expect(await times(6, (number) => (number === 0 ? kept() : product(number)))).toEqual([
        200, 200, 200, 200, 429, 429,
      ]);
      expect(new Set(await times(10, kept))).toEqual(new Set([200]));
      expect((await kept()).headers).not.toHaveProperty('ratelimit');
      for (const path of ['/api/health/live', '/api/health/ready'])
        expect(new Set(await times(10, () => ask(host, path, { from })))).toEqual(new Set([200]));
    });

    test('counts what a page reads for who looks at it', async () => {
      const look = (number: number, from: string) =>
        ask(host, `/products/p-00041${number}`, { from, headers: { 'x-forwarded-for': `203.0.113.${number}` } });
      const seen = await times(6, (number) => look(number, '127.0.0.7'));
      expect([seen[0], seen[5]]).toEqual([200, 429]);
      const last = await look(6, '127.0.0.7');
      expect([last.status, last.body.includes('Too many requests')]).toEqual([429, true]);
      // Pages and the API are bundles of their own, and one count all the same.
      expect((await ask(host, '/api/products/p-000419', { from: '127.0.0.7' })).status).toBe(429);
      expect((await look(6, '127.0.0.10')).status).toBe(200);
      expect(host.output()).not.toContain('Error');
    });

    test('counts every page as a read of its address, and refuses one too many with a few words', async () => {
      // It reads nothing.
      const look = (headers = {}, path = '/docs') => ask(host, path, { from: '127.0.0.11', headers });
      expect(await times(6, () => look({ 'x-forwarded-for': '203.0.113.9' }))).toEqual([200, 200, 200, 200, 429, 429]);
      const { headers, body } = await look();
      expect(headers['retry-after']).toMatch(/^3[56]\d\d$/);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect([body.includes('Too many requests'), body.length < 300]).toEqual([true, true]);
      expect((await look({ cookie: `sid=${'a'.repeat(43)}` })).status, 'a session that nobody has').toBe(429);
      expect((await look({}, '/api/products/p-000418')).status).toBe(429);
      expect((await look({}, '/icon.svg')).status, 'a file').toBe(200);

      const eve = visitor();
      await signIn(eve, host.url, 'eve');
      const cookie = `sid=${eve.cookies(new URL(host.url).host).get('sid')}`;
      expect((await look({ cookie })).status, 'who has signed in at the same address').toBe(200);
    });

    test('keeps who signs out from nothing', async () => {
      const dee = visitor();
      await signIn(dee, host.url, 'dee');
      const write = () => dee.send('DELETE', `${host.url}/api/addresses/a-000001`);
      for (let number = 0; number < 3; number++) await write();
      expect((await write()).status).toBe(429);
      expect((await dee.send('POST', `${host.url}/api/auth/logout`)).status).toBe(200);
    });

    test('says in its description that it does', async () => {
      const { body } = await ask(host, '/api/openapi.json', { from: '127.0.0.8' });
      const { paths } = JSON.parse(body);
      expect(paths['/api/addresses'].post.responses).toHaveProperty('429');
      expect(paths['/api/health/live'].get.responses).not.toHaveProperty('429');
    });
  });

  (LONG ? describe : () => undefined)(`the ${kind} host behind one proxy`, () => {
    let host: Running;
    beforeAll(async () => {
      host = await runHost(kind, { ...over(mocks), RATE_LIMIT_WRITES: '2/1h', TRUSTED_PROXIES: '1' });
    });
    afterAll(() => stop(host));

    const knock = (forwarded: string) =>
      ask(host, '/api/addresses/a-000001', { method: 'DELETE', headers: { 'x-forwarded-for': forwarded } });

    test('distinguishes clients by what the proxy has seen, and believes nothing before that', async () => {
      const client = (number: number) => knock(`${'198.51.100.7, '.repeat(number)}203.0.113.${number}, 192.0.2.1`);
      expect(await times(4, client)).toEqual([401, 401, 429, 429]);
      expect((await knock('192.0.2.1, 192.0.2.2')).status).toBe(401);
    });

    test('takes a /64 of IPv6 for one client', async () => {
      expect(await times(3, (number) => knock(`2001:db8::${number}`))).toEqual([401, 401, 429]);
      expect((await knock('2001:db8:0:1::1')).status).toBe(401);
    });

    test('takes the proxy itself for the client where it has written nothing that is an address', async () => {
      const odd = ['', 'unknown', '203.0.113.9, _hidden', '999.1.1.1'];
      expect(await times(4, (number) => knock(odd[number] ?? ''))).toEqual([401, 401, 429, 429]);
    });
  });
}
