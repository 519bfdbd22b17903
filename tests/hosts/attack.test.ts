import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, runHost, stop } from '#tests/support/host.ts';
import { OWN_HOSTS, runs } from '#tests/support/long.ts';
import { survives, TARGETS } from '#tests/support/strange-requests.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { bytesOf, exchange, openWire, type Reply } from './wire.ts';

/** Everything that we may ever ask of an upstream: one segment where an id stands, and nothing that climbs or splits. */
const PATHS = [
  /^\/catalog\/(?:categories|products\/p-\d{6})$/,
  /^\/catalog\/products\?(?:ids=p-\d{6}(?:%2Cp-\d{6})*|[\w=&%.*'()!~-]+)$/,
  /^\/pricing\/quotes$/,
  /^\/inventory\/levels\?sku=p-\d{6}(?:%2Cp-\d{6})*$/,
  /^\/reviews\/summaries\?ids=p-\d{6}(?:%2Cp-\d{6})*$/,
  /^\/reviews\/products\/p-\d{6}\/reviews\?page=\d+&pageSize=\d+$/,
  /^\/recommendations\/related\/p-\d{6}\?limit=\d+$/,
  /^\/content\/pages\/home\?locale=en$/,
];

const PIECES =
  'p-000042 p-000042 .. . %2e %2E%2e %2f %2F / // \\ %5c %5C%5C %00 %0a %0d%0a %09 %7f %20 %252f %252e%252e %25 %u002f ..; ; : @ * $ + %2b %c0%af %c3%a9 %ff %zz ?x=1 # %23 %3f categories images admin __proto__'.split(
    ' ',
  );
const spellings = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const places = fc.constantFrom(
  (id: string) => `/api/products/${id}`,
  (id: string) => `/api/products/${id}/reviews`,
  (id: string) => `/api/products?category=${id}`,
  (id: string) => `/api/products?cursor=${id}`,
  (id: string) => `/api/products?q=${id}`,
);

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

for (const kind of OWN_HOSTS) {
  describe(`the ${kind} host under attack`, () => {
    let recorder: Recorder;
    let host: Running;

    beforeAll(async () => {
      recorder = await startRecorder();
      host = await runHost(kind, recorder.env);
    });
    afterAll(async () => {
      await stop(host);
      await recorder.close();
    });

    const get = (target: string, lines: readonly string[] = [], method = 'GET') =>
      exchange(host.port, bytesOf(method, target, ['Host: shop.test', ...lines]));
    /** Of equal requests only these differ. */
    const public_ = (reply: Reply | undefined) => ({
      status: reply?.status,
      body: reply?.body.replace(/"requestId":"[^"]+"/, '').replace(/\?trace=[\w.-]+/, ''),
      etag: reply?.headers.etag,
      location: reply?.headers.location,
    });

    test('never lets an id reach an upstream as more than one segment, however it is spelt', async () => {
      await fc.assert(
        fc.asyncProperty(places, spellings, async (place, spelling) => {
          const target = place(spelling);
          const reply = await get(target);
          const byNext = kind === 'next' && !isDecodable(target.split('?', 1)[0] ?? '');
          expect([200, 307, 308, 400, 404, 414, ...(byNext ? [500] : [])], target).toContain(reply?.status);
          expect(reply?.headers.location ?? '/', 'a redirect stays here').toMatch(/^\/(?![/\\])/);
        }),
        { numRuns: runs(250) },
      );
      const strange = recorder.paths().filter((path) => !PATHS.some((known) => known.test(path)));
      expect(strange).toEqual([]);
      expect(recorder.paths().length).toBeGreaterThan(0);
      expect(host.output()).not.toContain('"unexpected"');
    });

    test.each([
      ['%2e%2e', 'dots'],
      ['..%2f..%2fetc', 'encoded slashes'],
      ['p-000042%2Fx', 'an encoded slash behind an id'],
      ['p-000042%5cx', 'an encoded backslash'],
      ['p-000042%00', 'a zero byte'],
      ['p-000042%0d%0aX-Evil:1', 'a line break'],
      ['p-000042%20', 'a space'],
      ['p-000042%252f', 'an escape in an escape'],
      ['p-00004２', 'another script’s digit'],
    ])('refuses %s (%s) before any upstream hears of it', async (id) => {
      const before = recorder.paths().length;
      const reply = await get(`/api/products/${id.replace('２', '%EF%BC%92')}`);
      expect([308, 400]).toContain(reply?.status);
      expect(recorder.paths().length).toBe(before);
    });

    test.each([
      ['a target of 9 kB', `/api/products?q=${'a'.repeat(9_000)}`, [], 414],
      ['a path of 9 kB', `/api/products/${'a'.repeat(9_000)}`, [], 414],
      ['a target of 20 kB', `/api/products?q=${'a'.repeat(20_000)}`, [], 431],
      ['a cookie of 100 kB', '/api/categories', [`Cookie: a=${'c'.repeat(100_000)}`], 431],
      ['2,500 fields', '/api/categories', Array.from({ length: 2_500 }, () => 'a:bcdefgh'), 431],
      ['a field with a control character', '/api/categories', ['X-A: a\x01b'], 400],
      ['a folded field', '/api/categories', ['X-A: a', ' b'], 400],
      ['a zero byte in the target', '/api/cat\x00egories', [], 400],
      ['a space in the target', '/api/cat egories', [], 400],
      ['raw bytes in the target', '/api/products/\xc3\xa9', [], 400],
      ['a target that is no path', 'shop.test:80', [], 400],
      ['an expectation that nobody knows', '/api/categories', ['Expect: miracles'], 417],
      ['__proto__ among other keys', '/api/products?__proto__[x]=1&constructor=2', [], 400],
      ['__proto__ as an id', '/api/products/__proto__', [], 400],
      ['__proto__ as a scenario', '/api/home', ['X-Scenario: __proto__=down'], 400],
    ] as const)('answers %s with a 4xx', async (_, target, lines, status) => {
      expect((await get(target, lines))?.status).toBe(status);
    });

    test.each([
      ['two lengths', ['Content-Length: 3', 'Content-Length: 4'], 'abc'],
      ['a length and chunks', ['Content-Length: 3', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
      ['chunks under a false name', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
      ['a length that is none', ['Content-Length: +3'], 'abc'],
      ['a chunk whose size is none', ['Transfer-Encoding: chunked'], 'zz\r\n\r\n'],
    ])('never takes what follows %s for a request of its own', async (_, lines, body) => {
      const wire = await openWire(host.port);
      wire.send(bytesOf('POST', '/api/categories', ['Host: x', ...lines]) + body + bytesOf('GET', '/api/health/live'));
      const first = await wire.read();
      expect([400, 405, 501]).toContain(first?.status);
      await wire.closed;
      expect(await wire.read()).toBeUndefined();
    });

    const JSON_BODY = 'Content-Type: application/json';
    test.each([
      ['nobody’s', 'POST', '/api/payments/intents', [JSON_BODY]],
      ['another site’s', 'POST', '/api/cart/lines', [JSON_BODY]],
      ['too large a', 'POST', '/api/webhooks/stripe', [JSON_BODY, `Stripe-Signature: t=1,v1=${'a'.repeat(64)}`]],
      ['a foreign', 'POST', '/api/webhooks/github', ['Content-Type: text/plain']],
      ['nowhere’s', 'POST', '/api/nothing', [JSON_BODY]],
      ['an unknown method’s', 'DELETE', '/api/categories', [JSON_BODY]],
      ['a page’s', 'POST', '/theme/set', [JSON_BODY]],
    ] as const)('holds up no request behind %s body', async (_, method, target, lines) => {
      const much = 300_000;
      for (const [framing, body] of [
        ['Transfer-Encoding: chunked', `${much.toString(16)}\r\n${'a'.repeat(much)}\r\n0\r\n\r\n`],
        [`Content-Length: ${much}`, 'a'.repeat(much)],
      ] as const) {
        const wire = await openWire(host.port);
        wire.send(bytesOf(method, target, ['Host: shop.test', ...lines, framing]) + body.slice(0, 1_000));
        wire.send(body.slice(1_000) + bytesOf('GET', '/api/health/live'));
        const first = await wire.read();
        expect(first?.status, first?.body).toBeGreaterThanOrEqual(300);
        expect(first?.status, first?.body).toBeLessThan(500);
        expect([200, undefined]).toContain((await wire.read())?.status);
        wire.close();
      }
    });

    test('goes on after any request, complete or broken off, or closes its connection, and has no 500', async () => {
      await Promise.all([1, 2, 3, 4].map(() => survives(host.port, TARGETS, 40)));
    });

    test('answers neither CONNECT nor an upgrade, and closes', async () => {
      for (const [method, target, lines] of [
        ['CONNECT', 'evil.test:443', []],
        ['CONNECT', '/api/categories', []],
        ['GET', '/api/categories', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']],
      ] as const) {
        const wire = await openWire(host.port);
        wire.send(bytesOf(method, target, ['Host: x', ...lines]));
        expect((await wire.read())?.status ?? 400).toBeLessThan(500);
        wire.close();
      }
    });

    test('believes nothing that a client says of where it came to', async () => {
      const spoofs = [
        ['Host: evil.test'],
        ['Host: evil.test', 'X-Forwarded-Host: evil.test', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 1'],
        ['Host: shop.test', 'Forwarded: host=evil.test;proto=https', 'X-Forwarded-For: 127.0.0.1'],
        ['Host: shop.test', 'X-Original-URL: /api/home', 'X-Rewrite-URL: /api/home', 'X-HTTP-Method-Override: DELETE'],
        ['Host: shop.test', 'X-Matched-Path: /api/home', 'X-Invoke-Path: /api/home', 'X-Nextjs-Data: 1'],
        ['Host: shop.test', 'X-Middleware-Subrequest: middleware:middleware', 'Cookie: __prerender_bypass=x'],
      ];
      for (const target of [
        '/api/home',
        '/api/products/p-000042',
        '/api/products/nonsense',
        '/api/nothing',
        '/api/home/',
      ]) {
        const plain = public_(await get(target));
        for (const lines of spoofs) {
          const reply = await exchange(host.port, bytesOf('GET', target, lines));
          expect(public_(reply)).toEqual(plain);
          expect(JSON.stringify(reply)).not.toContain('evil.test');
        }
      }
      const { type } = JSON.parse((await get('/api/products/nonsense'))?.body ?? '{}');
      expect(type).toBe(`${host.url}/problems/invalid-request`);
    });

    test('puts nothing of a spoofed host on a page', async () => {
      const reply = await exchange(host.port, bytesOf('GET', '/', ['Host: evil.test', 'X-Forwarded-Host: evil.test']));
      expect(reply?.status).toBe(200);
      expect(JSON.stringify(reply)).not.toContain('evil.test');
    });

    test('keeps no answer that an attack has coloured: the next honest client gets its own', async () => {
      const honest = public_(await get('/api/products/p-000777'));
      await get('/api/products/p-000777', ['X-Scenario: nope', 'Accept: text/html', 'If-Match: "x"']);
      await get('/api/products/p-000777', ['Range: bytes=0-3', 'If-None-Match: *']);
      expect(public_(await get('/api/products/p-000777'))).toEqual(honest);
    });

    test('is alive after all that', async () => {
      expect((await get('/api/health/ready'))?.status).toBe(200);
      expect(host.child.exitCode).toBeNull();
      expect(host.output()).not.toContain('"unexpected"');
    });

    if (kind === 'lean') {
      test.each([
        ['TRACE', '/api/categories', [], 405],
        ['PROPFIND', '/api/categories', [], 405],
        ['GET', '/api/categories?__proto__=1', [], 400],
        ['GET', '/api/products?q=%zz', [], 400],
        ['GET', '/api/products?q=%ff', [], 400],
        ['GET', '/api/products/p-000042?nxtPid=p-000001', [], 400],
        ['GET', '/api/products/../categories', [], 404],
        ['GET', '/api/categories', ['RSC: 1'], 200],
        ['GET', '/api', [], 404],
      ] as const)(
        'answers %s %s %j with %i, which Next answers in a way of its own',
        async (method, target, lines, status) => {
          const reply = await get(target, lines, method);
          expect([reply?.status, reply?.headers['content-type']]).toEqual([
            status,
            status === 200 ? 'application/json' : 'application/problem+json',
          ]);
        },
      );

      test('refuses more fields than it reads, so that none is dropped unseen', async () => {
        const many = Array.from({ length: 150 }, (_, index) => `a${index}: b`);
        expect((await get('/api/products/p-000042', [...many, 'X-Scenario: catalog=down']))?.status).toBe(431);
      });

      test('answers who offers to upgrade over what it came with, before and after Next has seen a page', async () => {
        const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
        expect((await get('/api/categories', offer))?.status).toBe(200);
        expect((await get('/'))?.status).toBe(200);
        expect((await get('/api/categories', offer))?.status).toBe(200);
      });

      test('refuses two Hosts (RFC 9112 §3.2)', async () => {
        expect((await get('/api/categories', ['Host: evil.test']))?.status).toBe(400);
      });

      test('has no 500 for OPTIONS *', async () => {
        expect((await get('*', [], 'OPTIONS'))?.status).toBeLessThan(500);
      });

      test('takes a target in absolute form for its path, and sends no client to another origin (RFC 9112 §3.2.2)', async () => {
        const reply = await get('http://evil.test/api/categories');
        expect(reply?.headers.location ?? '').not.toContain('evil.test');
        expect((await get(`${host.url}/api/categories`))?.status).toBe(200);
        if (kind === 'lean') expect((await get('foo://evil.test'))?.status).toBe(400);
      });
    }
  });
}
