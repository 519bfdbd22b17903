import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET, UpstreamEvent } from '#schemas/upstream/event.ts';

const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push({ path: `${request.method} ${request.url}`, headers: request.headers, body });
  response.writeHead(200).end('{}');
});
let mocks: MockServer;
let quiet: MockServer;

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  mocks = await startMockServer(0, {
    latency: 'none',
    receiver: { url, secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET },
  });
  quiet = await startMockServer(0, { latency: 'none' });
});
afterAll(async () => {
  await Promise.all([mocks.close(), quiet.close()]);
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const change = ({ port }: MockServer, told: unknown) =>
  fetch(`http://127.0.0.1:${port}/__changes`, { method: 'POST', body: JSON.stringify(told) });
const quote = async () => {
  const body = JSON.stringify({ productIds: ['p-000007'], currencyCode: 'EUR' });
  const answer = await fetch(`http://127.0.0.1:${mocks.port}/pricing/quotes`, { method: 'POST', body });
  return ((await answer.json()) as { quotes: { amountMinor: number }[] }).quotes[0]?.amountMinor;
};

test('a change is made, and sent as Standard Webhooks have it, with a version that rises', async () => {
  const price = { type: 'pricing.price.changed', object: { id: 'p-000007' }, amountMinor: 123 };
  for (const amountMinor of [123, 124]) {
    const answer = await change(mocks, { ...price, amountMinor });
    expect(await answer.json()).toMatchObject({ id: expect.stringMatching(/^msg_/), status: 200 });
    expect(await quote()).toBe(amountMinor);
  }
  const events = received.map(({ path, headers, body }) => {
    expect(path).toBe('POST /api/webhooks/upstream');
    return UpstreamEvent.parse(new Webhook(DEVELOPMENT_SECRET).verify(body, headers as Record<string, string>));
  });
  expect(events).toMatchObject([
    { type: 'pricing.price.changed', object: { id: 'p-000007' } },
    { type: 'pricing.price.changed', object: { id: 'p-000007' } },
  ]);
  expect(events[1]?.object.version).toBeGreaterThan(events[0]?.object.version ?? 0);
});

test('what is no change is refused, and where there is no receiver it says so', async () => {
  expect((await change(mocks, { type: 'price', object: {} })).status).toBe(400);
  expect((await change(quiet, { type: 'pricing.price.changed', object: { id: 'p-000007' } })).status).toBe(409);
});
