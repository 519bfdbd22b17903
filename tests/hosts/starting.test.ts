import { mkdtempSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HEALTHY } from '#mocks/health.ts';
import { startMockServer } from '#mocks/server.ts';
import { answers, freePort, type Running, run, stop } from '#tests/support/host.ts';
import { until } from '#tests/support/until.ts';
import { gated, type Handler, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

/** Stands before the mocks: it can hold their catalog back, and be gone as mocks though its port is taken. */
let front: TestUpstream;
let gate: ReturnType<typeof gated>;
let handOn: Handler;
let host: Running;
const lifetimes = new Set<ServerResponse>();
let well = true;

beforeAll(async () => {
  const mocks = await startMockServer(0, { latency: 'none' });
  handOn = async (response, { method, path, body }) => {
    const sent = body === '' ? {} : { body };
    const answer = await fetch(`http://127.0.0.1:${mocks.port}${path}`, { method, ...sent });
    const type = answer.headers.get('content-type') ?? 'application/json';
    raw(response, Buffer.from(await answer.arrayBuffer()), { 'content-type': type }, answer.status);
  };
  front = await startUpstream();
  gate = gated(handOn);
  front.otherwise = handOn;
  front.on('/catalog/', gate.handler);
  front.on('/__health', (response) => raw(response, HEALTHY, {}, well ? 200 : 500));
  front.on('/__lifetime', (response) => {
    lifetimes.add(response);
    response.flushHeaders();
  });
  const port = await freePort();
  host = run(['server.ts'], {
    port,
    env: {
      NODE_ENV: 'production',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATA_DIR: mkdtempSync(join(tmpdir(), 'tributary-data-')),
      MOCKS_PORT: new URL(front.url).port,
      // The warm-up waits for the catalog, longer than anything here takes.
      WARM_UP: '59',
      DEADLINE_SCALE: '99',
      DRAIN_NOTICE: '0',
    },
  });
  return async () => {
    await front.close();
    await mocks.close();
  };
});
afterAll(() => stop(host));

const get = async (path: string, accept = '*/*') => {
  const answer = await fetch(host.url + path, { headers: { accept }, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const problem = async (path: string) => {
  const { status, headers, text } = await get(path);
  const { code } = JSON.parse(text);
  return [status, code, headers.get('retry-after'), headers.get('content-type'), headers.get('x-content-type-options')];
};

const STARTING = [503, 'starting', '1', 'application/problem+json', 'nosniff'];

async function expectStarting(): Promise<void> {
  expect(await problem('/api/categories')).toEqual(STARTING);
  expect(await problem('/api/nothing')).toEqual(STARTING);
  expect(await problem('/api/events?topics=catalog')).toEqual(STARTING);

  // An EventSource gives up at any other status.
  const { status, headers, text } = await get('/api/events?topics=catalog', 'text/event-stream');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(text).toMatch(/^retry: ?\d+$/m);
  expect(text).toMatch(/^event: ?problem$/m);
  expect(JSON.parse(/^data: ?(.+)$/m.exec(text)?.[1] ?? '{}')).toMatchObject({ status: 503, code: 'starting' });

  const page = await get('/');
  expect([page.status, page.text, page.headers.get('retry-after')]).toEqual([503, 'Starting.\n', '1']);
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');

  const ready = await get('/api/health/ready');
  expect([ready.status, JSON.parse(ready.text).code]).toEqual([503, 'starting']);
  expect((await get('/api/health/live')).status, 'it is alive').toBe(200);
}

async function expectReady(): Promise<void> {
  await answers(host, '/api/health/ready');
  for (const path of ['/api/categories', '/']) expect([path, (await get(path)).status]).toEqual([path, 200]);
}

describe('the lean host', () => {
  test('answers from its first moment that it is starting, and when to come back', async () => {
    await until('it warms up', () => gate.waiting() > 0);
    await expectStarting();
    expect(gate.waiting(), 'what it waits for has not come').toBeGreaterThan(0);
    front.on('/catalog/', handOn);
    gate.open();
    await expectReady();
    // Next says so when it compiles its configuration, which the build has done.
    expect(host.output()).not.toContain('next.config.ts');
  });

  test('is starting anew while its mocks are lacking', async () => {
    well = false;
    for (const lifetime of lifetimes) lifetime.destroy();
    await expect.poll(async () => (await get('/api/health/ready')).status).toBe(503);
    await expectStarting();
    well = true;
    await expectReady();
  });
});
