import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import recording from '#operations/shape/recording.json' with { type: 'json' };
import { record } from '#tests/reference/record.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';

let mocks: MockServer;
let host: Running;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  host = await runHost('lean', over(mocks));
});
afterAll(async () => {
  if (host) await stop(host);
  await mocks?.close();
});

test('the examples of the reference are what a host answers; `npm run record` writes them anew', async () => {
  expect(await record(host.url, `http://127.0.0.1:${mocks.port}`)).toEqual(recording);
});
