import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import recording from '#operations/recorded/recording.json' with { type: 'json' };
import type { Recording } from '#reference/document.ts';
import written from '#tests/reference/baseline.json' with { type: 'json' };
import { record } from '#tests/reference/record.ts';
import type { Shape } from '#tests/reference/shape.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { type Visit, visitor } from '#tests/support/visitor.ts';

const { operations } = written as unknown as Shape;
const STRONG_TAG = /^"[\x21\x23-\x7e]+"$/;

let mocks: MockServer;
let host: Running;
let taken: Recording;
const again: Record<string, unknown> = {};

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  host = await runHost('lean', over(mocks));
  taken = await record(host.url, `http://127.0.0.1:${mocks.port}`, async (id, ask) => {
    // What is streamed, downloaded or redirected has no version.
    if ('304' in (operations[id]?.headers ?? {})) again[id] = await twice(ask);
  });
});
afterAll(async () => {
  if (host) await stop(host);
  await mocks?.close();
});

test('the examples of the reference are what a host answers; `npm run record` writes them anew', () => {
  expect(taken).toEqual(recording);
});

test('every read has an ETag, may be kept by the device of who asks, and with it is not sent again', async () => {
  const reads = Object.entries(operations).filter(([, { headers }]) => '304' in headers);
  expect(reads.length).toBeGreaterThan(20);
  for (const [id, { route }] of reads) again[id] ??= await twice((headers) => get(route, headers));
  expect(again).toEqual(Object.fromEntries(reads.map(([id]) => [id, [true, true, 304, '']])));
});

type Twice = [isStrong: boolean, mayBeKept: boolean, status: number, text: string];

/** Whether what is asked for has a strong ETag, and a cache of the client may keep it; what comes of asking with it. */
async function twice(ask: (headers: Record<string, string>) => Promise<Visit>): Promise<Twice> {
  const { headers } = await ask({});
  const etag = headers.get('etag') ?? '';
  const { status, text } = await ask({ 'if-none-match': etag });
  return [STRONG_TAG.test(etag), !headers.get('cache-control')?.includes('no-store'), status, text];
}

const get = (route: string, headers: Record<string, string>) =>
  visitor().get(host.url + route.replace('GET ', ''), headers);
