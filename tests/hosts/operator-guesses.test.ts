import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passFor } from '#host/operators/inspector-access.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { OWN_HOSTS } from '#tests/support/long.ts';
import { until } from '#tests/support/until.ts';

const TOKEN = 'a-token-of-this-test-and-of-nothing-else';
const TRIES = 3;
const READS = 40;
const HOUR = 3_600_000;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const pass = (value: string) => ({ cookie: `inspector=${value}` });
const OURS = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
const FOREIGN = { ...OURS, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
const WRONG = bearer('guessed-it');
const MADE_UP = pass('9999999999.guessed-it');
/** Of a pass that is right, the end alone. */
const ALTERED = pass(passFor(TOKEN, Date.now()).replace(/^\d+/, '9999999999'));

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

for (const kind of OWN_HOSTS) {
  // Lines leave the process once a second: the tests wait for them side by side.
  describe.concurrent(`who guesses at the inspector of the ${kind} host`, () => {
    let host: Running;
    beforeAll(async () => {
      const limits = { RATE_LIMIT_LOGINS: `${TRIES}/1h`, RATE_LIMIT_READS: `${READS}/1h`, TRUSTED_PROXIES: '1' };
      host = await runHost(kind, { ...over(mocks), ...limits, INSPECTOR: 'on', INSPECTOR_TOKEN: TOKEN });
    });
    afterAll(() => stop(host));

    let addresses = 0;
    const newAddress = () => `203.0.113.${++addresses}`;

    async function ask(address: string, path: string, headers: object = {}, method = 'GET') {
      const body = method === 'POST' ? { body: 'token=guessed-it&theme=dark' } : {};
      const fields = { 'x-forwarded-for': address, ...headers };
      const abort = new AbortController();
      const { signal } = abort;
      const answer = await fetch(host.url + path, { method, headers: fields, redirect: 'manual', signal, ...body });
      const live = answer.headers.get('content-type') === 'text/event-stream';
      if (live) abort.abort();
      return { status: answer.status, headers: answer.headers, text: live ? '' : await answer.text() };
    }

    const lines = (): Record<string, unknown>[] =>
      host
        .output()
        .split('\n')
        .filter((line) => line.includes('"msg":"refused"'))
        .map((line) => JSON.parse(line));

    /** What was logged of an address, once all is out that was logged before now. */
    async function toldOf(address: string) {
      const last = newAddress();
      await ask(last, '/api/ops/status', WRONG);
      await until('its line', () => lines().some((line) => line.address === last));
      return lines().filter((line) => line.address === address);
    }

    test.each([
      ['a token for a page', 'GET', '/inspector', WRONG, 307],
      ['a token for a page’s head', 'HEAD', '/inspector/cache', WRONG, 307],
      ['a token for a page that is not there', 'GET', '/inspector/nowhere', WRONG, 307],
      ['a token for the sign-in', 'GET', '/inspector/sign-in', WRONG, 200],
      ['a token for the stream', 'GET', '/inspector/live', WRONG, 404],
      ['a token for a file', 'GET', '/inspector/requests/r-1/trace.json', WRONG, 404],
      ['a token with a form', 'POST', '/inspector/scenario/set', { ...OURS, ...WRONG }, 404],
      ['a token in the sign-in’s form', 'POST', '/inspector/sign-in/enter', OURS, 303],
      ['a pass for a page', 'GET', '/inspector', MADE_UP, 307],
      ['a pass for the stream', 'GET', '/inspector/live', ALTERED, 404],
    ])('with %s is a line in the log: from where, at what', async (_, method, path, headers, status) => {
      const address = newAddress();
      expect((await ask(address, `${path}?a=secret`, headers, method)).status).toBe(status);
      const line = { event: 'operator-refused', operation: 'inspector', method, path, status, level: 40 };
      expect(await toldOf(address)).toEqual([expect.objectContaining({ ...line, id: expect.any(String) })]);
      expect(host.output()).not.toMatch(/secret|guessed-it/);
    });

    test('too often is answered with 429, and a page leads there; the right one opens all the same', async () => {
      const address = newAddress();
      const live = async (headers: object) => (await ask(address, '/inspector/live', headers)).status;
      const statuses: number[] = [];
      for (let count = 0; count < TRIES; count++) statuses.push(await live(count === 0 ? MADE_UP : WRONG));
      expect(statuses).toEqual(statuses.map(() => 404));
      const refused = await ask(address, '/inspector/live', WRONG);
      expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await ask(address, '/inspector', MADE_UP)).headers.get('location')).toBe('/problems/too-many-requests');
      expect((await ask(address, '/inspector/sign-in/enter', OURS, 'POST')).status).toBe(429);
      expect((await ask(address, '/inspector', bearer(TOKEN))).status).toBe(200);
      expect(await live(pass(passFor(TOKEN, Date.now())))).toBe(200);
      expect((await ask(newAddress(), '/inspector/live', WRONG)).status).toBe(404);
      expect((await toldOf(address)).map((line) => line.status)).toEqual([404, 404, 404, 429, 307, 429]);
    });

    test('is reported as well of a client without pages left, and is not even looked at', async () => {
      const address = newAddress();
      for (let count = 0; count < READS; count++) expect((await ask(address, '/inspector/live')).status).toBe(404);
      expect((await ask(address, '/inspector/live', WRONG)).status).toBe(429);
      expect(await toldOf(address)).toEqual([expect.objectContaining({ event: 'operator-refused', status: 429 })]);
    });

    test('is not who brings nothing, who had a pass that has ended, or a customer of the shop', async () => {
      const address = newAddress();
      const ended = pass(passFor(TOKEN, Date.now() - 13 * HOUR));
      for (let count = 0; count <= TRIES; count++) {
        for (const headers of [{}, ended]) {
          expect((await ask(address, '/inspector', headers)).headers.get('location')).toMatch(/sign-in/);
          expect((await ask(address, '/inspector/live', headers)).status).toBe(404);
          expect((await ask(address, '/api/ops/status', headers)).status).toBe(401);
        }
        expect((await ask(address, '/', WRONG)).status).toBe(200);
        expect((await ask(address, '/', ALTERED)).status, 'a former pass').toBe(200);
      }
      expect(await toldOf(address)).toEqual([]);
    });

    test('finds nothing out from the shop: a token opens the inspector alone, a pass shows what it has cost', async () => {
      expect((await ask(newAddress(), '/', bearer(TOKEN))).text).not.toContain('class="strip"');
      expect((await ask(newAddress(), '/', pass(passFor(TOKEN, Date.now())))).text).toContain('class="strip"');
    });

    test.each([
      ['the theme', '/theme/set', {}],
      ['an operator', '/inspector/scenario/set', bearer(TOKEN)],
      ['the inspector’s sign-in', '/inspector/sign-in/enter', {}],
    ])('another site that sends a form of %s is a line as well', async (_, path, headers) => {
      const address = newAddress();
      expect((await ask(address, path, { ...FOREIGN, ...headers }, 'POST')).status).toBe(403);
      const line = { event: 'forbidden', operation: 'form', method: 'POST', path, status: 403 };
      expect(await toldOf(address)).toEqual([
        expect.objectContaining({ ...line, reason: 'Sec-Fetch-Site is cross-site, not same-origin.' }),
      ]);
    });
  });
}
