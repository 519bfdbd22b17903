import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { IN_A_HURRY, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { pause } from '#tests/support/until.ts';
import { gated, type Handler, hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

// Short forms of drills: tests/drills/overload-*.ts have the loads and the figures.

interface Status {
  readonly upstreams: readonly { readonly name: string; readonly breaker: { readonly state: string } }[];
}

/** What buyers wrote, a call for each product. */
const written: Handler = (response) => json(response, { page: 1, pageSize: 10, totalItems: 0, items: [] });

let mocks: MockServer;
let reviews: TestUpstream;
let host: Running;
let number = 0;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  reviews = await startUpstream();
  host = await runHost('lean', { ...over(mocks), ...IN_A_HURRY, REVIEWS_URL: reviews.url });
});
afterAll(async () => {
  await stop(host);
  await reviews.close();
  await mocks.close();
});
beforeEach(() => {
  reviews.otherwise = written;
});

/** Asks for reviews that were not asked for before. */
const askFor = (count: number) =>
  Array.from({ length: count }, async () => {
    const id = `p-${String(number++).padStart(6, '0')}`;
    const response = await fetch(`${host.url}/api/products/${id}/reviews`);
    await response.arrayBuffer();
    return response.status;
  });

/** The upstreams whose breakers are not closed. */
async function troubled(): Promise<string[]> {
  const { upstreams } = (await (await fetch(`${host.url}/api/ops/status`)).json()) as Status;
  return upstreams.filter(({ breaker }) => breaker.state !== 'closed').map(({ name }) => name);
}

test('a process that stood still blames no upstream for it', async () => {
  for (const stall of [1_000, 4_000]) {
    const gate = gated(written);
    reviews.otherwise = gate.handler;
    const asked = askFor(20);
    await expect.poll(gate.waiting).toBeGreaterThanOrEqual(20);
    host.child.kill('SIGSTOP');
    // The answers will lie in the kernel's buffers, and the timers will be late.
    gate.open();
    reviews.otherwise = written;
    await pause(stall);
    host.child.kill('SIGCONT');
    // What it could not do in time it says itself, too.
    for (const status of await Promise.all(asked)) expect([200, 503]).toContain(status);
    expect(await troubled()).toEqual([]);
  }
});

test('an upstream that hangs is found out, alone, and is asked again once it is well', async () => {
  reviews.otherwise = hang;
  let found: string[] = [];
  while (found.length === 0) {
    await Promise.all(askFor(10));
    found = await troubled();
  }
  expect(found).toEqual(['reviews']);
  reviews.otherwise = written;
  while (found.length > 0) {
    await Promise.all(askFor(10));
    found = await troubled();
  }
});
