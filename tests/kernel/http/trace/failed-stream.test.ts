import { expect, test } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { answered } from '#kernel/telemetry/answered.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { startEngine } from '#tests/support/engine.ts';

const read = operation(
  {
    id: 'read',
    route: 'GET /api/read',
    summary: '',
    audience: 'either',
    input: z.object({}),
    example: {},
    output: z.object({ n: z.number() }),
    deadline: 1_000,
  },
  async () => ({ n: 1 }),
);
const EVENTS = { accept: 'text/event-stream' };

test('a stream that only tells a failure is a 200 on the wire, and a failure in the figures and its trace', async () => {
  const shop = startEngine({}, [read], {
    identify: () => {
      throw new TypeError('a bug');
    },
  });
  expect((await shop.ask('/api/read', EVENTS)).status).toBe(200);
  expect(answered().get('read')?.total).toMatchObject({ whole: 0, failed: 1 });
  expect(recentTraces()[0]).toMatchObject({ status: 500, problem: 'internal' });
});

test('one that only tells that there were too many is refused', async () => {
  const shop = startEngine({}, [read], { rateLimits: { reads: { quota: 1, seconds: 60 } } });
  await shop.ask('/api/read');
  expect((await shop.ask('/api/read', EVENTS)).status).toBe(200);
  expect(answered().get('read')?.total).toMatchObject({ whole: 1, refused: 1 });
  expect(recentTraces()[0]).toMatchObject({ status: 429, problem: 'too-many-requests' });
});
