import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStaticFiles, sendStatic } from '#host/pages/static-files.ts';

const SCRIPT = Buffer.from('export const many = 1;\n'.repeat(500));
const SMALL = Buffer.from('a{}');
const folder = mkdtempSync(join(tmpdir(), 'build-'));
const server = createServer();

beforeAll(async () => {
  mkdirSync(join(folder, 'static', 'chunks'), { recursive: true });
  mkdirSync(join(folder, 'coded', 'chunks'), { recursive: true });
  writeFileSync(join(folder, 'static', 'chunks', 'a.js'), SCRIPT);
  writeFileSync(join(folder, 'static', 'small.css'), SMALL);
  writeFileSync(join(folder, 'static', 'font.woff2'), SMALL);
  writeFileSync(join(folder, 'coded', 'chunks', 'a.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(folder, 'coded', 'chunks', 'a.js.gz'), gzipSync(SCRIPT));
  const files = await readStaticFiles(folder);
  server.on('request', (asked, response) => {
    if (!sendStatic(files, asked, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** By node:http, which undoes no coding. */
function get(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: target, method, headers, agent: false }, async (answer) => {
      const bytes = Buffer.concat(await answer.toArray());
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes });
    });
    asked.on('error', reject).end();
  });
}

const A = '/_next/static/chunks/a.js';
const plain = (bytes: Buffer) => bytes;
const CODINGS: [string | undefined, string | undefined, (bytes: Buffer) => Buffer][] = [
  ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['br;q=0.1, gzip', 'gzip', gunzipSync],
  ['br;q=0, *', 'gzip', gunzipSync],
  ['identity', undefined, plain],
  ['', undefined, plain],
  ['zstd', undefined, plain],
  [undefined, undefined, plain],
];

describe('a file of the build', () => {
  test.each(CODINGS)('to a client that takes %j comes as %s, in full', async (accepted, coding, decode) => {
    const { status, headers, bytes } = await get(A, accepted === undefined ? {} : { 'accept-encoding': accepted });
    expect([status, headers['content-encoding']]).toEqual([200, coding]);
    expect(decode(bytes).equals(SCRIPT)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': String(bytes.length),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    });
  });

  test('has an ETag for each coding, and is not sent again to who has one of them', async () => {
    const all = await Promise.all(['br', 'gzip', 'identity'].map((one) => get(A, { 'accept-encoding': one })));
    const etags = all.map(({ headers }) => headers.etag ?? '');
    expect(new Set(etags).size).toBe(3);
    for (const etag of etags) expect(etag).toMatch(/^"[^"]+"$/);
    for (const etag of [...etags, `W/${etags[0]}`]) {
      const again = await get(A, { 'accept-encoding': 'br', 'if-none-match': etag });
      expect([again.status, again.bytes.length, again.headers.vary]).toEqual([304, 0, 'Accept-Encoding']);
    }
    expect((await get(A, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test.each<[string, Record<string, string>]>([
    ['', {}],
    [' of a coding', { 'accept-encoding': 'br' }],
    [' if it is the same', { 'if-range': '"x"' }],
  ])('is sent whole to who asks for a part%s: parts of it would be of another ETag', async (_, headers) => {
    const whole = await get(A, headers);
    const asked = await get(A, { ...headers, range: 'bytes=0-9' });
    expect([asked.status, asked.bytes.equals(whole.bytes)]).toEqual([200, true]);
    const { date: _date, ...fields } = whole.headers;
    expect(asked.headers).toMatchObject(fields);
  });

  test('has the same head for HEAD', async () => {
    const headers = { 'accept-encoding': 'br' };
    const [head, whole] = [await get(A, headers, 'HEAD'), await get(A, headers)];
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    const { date: _, ...fields } = head.headers;
    expect(whole.headers).toMatchObject(fields);
  });

  test('that was too small to be coded comes as it is, and varies all the same', async () => {
    const { headers, bytes } = await get('/_next/static/small.css?v=1', { 'accept-encoding': 'br' });
    expect([headers['content-encoding'], headers.vary, bytes.toString()]).toEqual([
      undefined,
      'Accept-Encoding',
      'a{}',
    ]);
  });

  test.each<[string, string, Record<string, string>]>([
    ['GET', '/_next/static/none.js', {}],
    ['GET', '/_next/static/font.woff2', {}],
    ['GET', '/_next/static/chunks/../small.css', {}],
    ['GET', '/_next/static/chunks/a.js.br', {}],
    ['POST', A, {}],
  ])('%s %s with %j is left to Next', async (method, target, headers) => {
    expect((await get(target, headers, method)).status).toBe(418);
  });
});

test('without a build there is none, and nothing fails', async () => {
  expect((await readStaticFiles(join(folder, 'nowhere'))).size).toBe(0);
});
