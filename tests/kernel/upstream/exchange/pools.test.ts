import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string() });
const reading = (name: 'left' | 'right') => {
  const http = upstream(name, { timeout: 600, attempts: 1, parallel: 2 });
  return operation(
    {
      id: `get-${name}`,
      route: `GET /api/${name}/{id}`,
      summary: '',
      audience: 'public',
      input: z.object({ id: z.string() }),
      example: { id: '1' },
      output: z.object({ thing: Thing }),
      deadline: 1_000,
    },
    ({ id }, { all }) => all({ thing: required(http.get(path`${name}/${id}`, Thing)) }, ({ thing }) => ({ thing })),
  );
};

let mocks: TestUpstream;
beforeEach(async () => {
  mocks = await startUpstream();
  mocks.otherwise = (response) => json(response, { id: '1' });
});
afterEach(() => mocks.close());

describe('sockets', () => {
  test('held by a hanging upstream are not missing to another at the same address', async () => {
    const shop = startEngine({ left: mocks.url, right: mocks.url }, [reading('left'), reading('right')]);
    const gate = gated((response) => json(response, { id: '1' }));
    mocks.on('/left/', gate.handler);
    const hanging = [shop.ask('/api/left/1'), shop.ask('/api/left/2')];
    await until('both hang', () => mocks.count('/left/') === 2);
    // Were it to wait for their sockets, it would do so until the gate is opened.
    expect((await shop.ask('/api/right/1')).status).toBe(200);
    expect(gate.waiting()).toBe(2);
    gate.open();
    await Promise.all(hanging);
  });

  test('held by a scenario that hangs are not missing to the main lane', async () => {
    const shop = startEngine({ left: mocks.url }, [reading('left')]);
    const gate = gated((response) => json(response, { id: '1' }));
    mocks.otherwise = (response, seen, request) =>
      seen.headers['x-scenario'] === undefined ? json(response, { id: '1' }) : gate.handler(response, seen, request);
    const hanging = [1, 2].map((id) => shop.ask(`/api/left/${id}`, { 'x-scenario': 'left=hang' }));
    await until('both hang', () => mocks.count('/left/') === 2);
    expect((await shop.ask('/api/left/1')).status).toBe(200);
    expect(gate.waiting()).toBe(2);
    gate.open();
    await Promise.all(hanging);
  });

  test('carry one exchange after the other', async () => {
    const shop = startEngine({ left: mocks.url }, [reading('left')]);
    const ports = new Set<number | undefined>();
    mocks.otherwise = (response, _, request) => {
      ports.add(request.socket.remotePort);
      json(response, { id: '1' });
    };
    for (let id = 0; id < 20; id++) await shop.ask(`/api/left/${id}`);
    expect(ports.size).toBeLessThanOrEqual(2);
  });
});
