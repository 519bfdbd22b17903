import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';

/** A request as bytes: whole, or broken off somewhere; `cuts` are where it is cut into pieces of its own. */
interface StrangeRequest {
  readonly bytes: string;
  readonly whole: boolean;
  readonly cuts: readonly number[];
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'BREW'];
const FIELDS = [
  'Accept: text/html',
  'Accept: text/event-stream;q=0.1, */*;q=0.2',
  'Accept: ,;=q=,',
  'Accept-Encoding: br;q=x, *;q=0',
  'If-None-Match: *',
  'If-None-Match: W/"a", "b',
  'If-Match: "1"',
  'Range: bytes=0-1',
  'Cookie: ;;==; sid=x; sid=y',
  `Cookie: a${' '.repeat(500)}b=c`,
  'Authorization: Bearer x',
  'Authorization: Basic !',
  'Content-Type: application/json',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: application/json; charset=utf8',
  'Content-Type: ;',
  'Content-Encoding: gzip',
  'Sec-Fetch-Site: same-origin',
  'X-Csrf: 1',
  'X-Scenario: =,',
  'X-Deadline-Ms: 1',
  'X-Request-Id: ../..',
  'X-App-Version: ios/0',
  'Idempotency-Key: "\\"',
  'Last-Event-ID: x',
  'X-Forwarded-For: ,,[::1]:9',
  'Traceparent: 00-x',
  'Expect: 100-continue',
  'Upgrade: h2c',
];
const BODIES = [
  '',
  '{',
  '{}',
  '{"n":1}',
  '{"n":"\\ud800"}',
  '[[[[',
  'n=1',
  'n=%',
  '&&&=',
  '\0',
  'é',
  'a'.repeat(3_000),
  'a'.repeat(90_000),
  'a'.repeat(300_000),
];

/** What is read to its end, or would be: by chance alone hardly any request comes so far. */
const FORM = ['Content-Type: application/x-www-form-urlencoded', 'Sec-Fetch-Site: same-origin'];
const READ: readonly (readonly [target: string, fields: readonly string[]])[] = [
  ['/api/auth/backchannel-logout', FORM],
  ['/api/cart/lines', ['Content-Type: application/json', 'Sec-Fetch-Site: same-origin', 'X-Csrf: 1']],
  ['/api/cart/lines', FORM],
  ['/theme/set', FORM],
];

const chunked = (body: string, size: number) => {
  const chunks: string[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.slice(at, at + size);
    chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  return `${chunks.join('')}0\r\n\r\n`;
};

/** Requests as no client library would send them: any method, target, fields and body, in pieces, and broken off. */
const strangeRequests = (targets: readonly string[]): fc.Arbitrary<StrangeRequest> =>
  fc
    .record({
      method: fc.constantFrom(...METHODS),
      target: fc.tuple(
        fc.constantFrom(...targets),
        fc.constantFrom(
          '',
          '?',
          '?a=1',
          '?a=%',
          '?parts=',
          '?_method=PUT',
          '#x',
          '/',
          '//',
          '/%2e%2e',
          '?scenario=x',
          `?q=${'a'.repeat(9_000)}`,
        ),
      ),
      fields: fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 5 }),
      body: fc.constantFrom(...BODIES),
      read: fc.option(fc.constantFrom(...READ), { freq: 2 }),
      framing: fc.constantFrom('none', 'length', 'chunks', 'chunks', 'tiny chunks'),
      broken: fc.option(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { freq: 4 }),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
    })
    .map(({ method, target, fields, body, read, framing, broken, cuts }) => {
      const text = framing === 'tiny chunks' ? body.slice(0, 2_000) : body;
      const framed = {
        none: [[], ''],
        length: [[`Content-Length: ${Buffer.byteLength(text, 'latin1')}`], text],
        chunks: [['Transfer-Encoding: chunked'], chunked(text, 1_000)],
        'tiny chunks': [['Transfer-Encoding: chunked'], chunked(text, 1)],
      } as const;
      const [lines, sent] = framed[framing];
      const whole = [
        `${read ? 'POST' : method} ${read?.[0] ?? target.join('')} HTTP/1.1`,
        'Host: shop.test',
        ...(read?.[1] ?? fields),
        ...lines,
        '',
        sent,
      ].join('\r\n');
      const bytes = broken === null ? whole : whole.slice(0, Math.floor(whole.length * broken));
      return {
        bytes,
        whole: broken === null,
        cuts: cuts.map((at) => Math.floor(at * bytes.length)).sort((a, b) => a - b),
      };
    });

const HEALTH = 'GET /api/health/live HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n';

/** Sends a request in its pieces and another behind it, or leaves in the midst of it; resolves with all that came back. */
async function send(port: number, { bytes, whole, cuts }: StrangeRequest): Promise<string> {
  const socket = connect(port, '127.0.0.1')
    .setNoDelay()
    .on('error', () => {});
  socket.setEncoding('latin1');
  let came = '';
  socket.on('data', (text: string) => {
    came += text;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    await new Promise<void>((resolve) => void socket.write(bytes.slice(from, to), 'latin1', () => resolve()));
    from = to;
  }
  if (whole) socket.write(HEALTH);
  else socket.destroy();
  await closed;
  return came;
}

/** What holds of any of them: the connection goes on to the next request or is closed, and nothing is a 500. */
export async function survives(port: number, targets: readonly string[], runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(strangeRequests(targets), async (request) => {
      const came = await send(port, request);
      assert.doesNotMatch(came, /HTTP\/1\.1 500/);
      // What has come whole is waited for no more: that would be the one before it, which nobody has read to its end.
      assert.doesNotMatch(came, /HTTP\/1\.1 408/);
      if (request.whole) assert.match(came, /^HTTP\/1\.1 \d{3}|^$/);
    }),
    { numRuns: runs, endOnFailure: true },
  );
  assert.match(await send(port, { bytes: '', whole: true, cuts: [] }), /^HTTP\/1\.1 200/);
}

/** An address of each kind. */
export const TARGETS = [
  '/',
  '/icon.svg',
  '/theme/set',
  '/search',
  '/api',
  '/api/nothing',
  '/api/categories',
  '/api/products',
  '/api/products/p-000042',
  '/api/products/p-000042/reviews',
  '/api/cart',
  '/api/cart/lines',
  '/api/account',
  '/api/v1/home',
  '/api/openapi.json',
  '/api/support/messages',
  '/api/auth/backchannel-logout',
  '/api/webhooks/github',
  '/api/webhooks/upstream',
];
