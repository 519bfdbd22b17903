import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import type { AccessEvent } from '#kernel/telemetry/access.ts';
import { answered } from '#kernel/telemetry/answered.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const OURS = 'a-problem-of-ours';
const WORDS = ['well', 'away', 'sold-out', 'unforeseen'] as const;

const order = operation(
  {
    id: 'order',
    route: 'POST /api/orders',
    summary: '',
    audience: 'either',
    input: z.object({}),
    example: {},
    body: { kind: 'json', schema: z.strictObject({ word: z.enum(WORDS) }), limit: 1_000 },
    answers: { 204: undefined },
    problems: { [OURS]: { status: 409, title: 'Sold out', meaning: 'It is gone.', whatToDo: 'Take another.' } },
    form: true,
    deadline: 1_000,
  },
  async (_, { body }) => {
    const { word } = body as { word: (typeof WORDS)[number] };
    if (word === 'away') refuse('upstream-failed', 'The orders are away.');
    if (word === 'sold-out') refuse(OURS, 'The last one has been sold.');
    if (word === 'unforeseen') throw new TypeError('a bug');
    return done();
  },
);

let shop: TestEngine;
let logged: AccessEvent[];
beforeEach(() => {
  logged = [];
  shop = startEngine({}, [order], { log: (event) => logged.push(event) });
});

const send = (word: string) =>
  shop.ask('/api/orders', { origin: 'http://shop.test' }, { method: 'POST', form: { word } });

test.each([
  ['well', 'whole', 303],
  ['away', 'failed', 502],
  ['unforeseen', 'failed', 500],
  ['sold-out', 'refused', 409],
  ['nonsense', 'refused', 422],
] as const)('of a form that went %s the figures say %s, and its trace and log %i', async (word, outcome, status) => {
  // The browser is sent back to its page whatever has happened.
  expect((await send(word)).status).toBe(303);
  const { total } = answered().get('order') ?? {};
  expect(total).toMatchObject({ whole: 0, partial: 0, failed: 0, refused: 0, [outcome]: 1 });
  expect(recentTraces()[0]?.status).toBe(status);
  if (status >= 400) expect(logged.map((line) => line.status)).toEqual([status]);
});

test('a form that is refused before it is read ends in a page too, and only its browser sees one', async () => {
  shop = startEngine({}, [order], { rateLimits: { writes: { quota: 1, seconds: 60 } } });
  const post = (headers: Record<string, string>) =>
    shop.ask('/api/orders', { origin: 'http://shop.test', ...headers }, { method: 'POST', form: { word: 'well' } });
  await post({});
  const told = await post({ accept: 'text/html,*/*;q=0.8' });
  expect([told.status, told.headers.location]).toEqual([
    303,
    expect.stringMatching(/^\/problems\/too-many-requests\?/),
  ]);
  expect((await post({})).json.code).toBe('too-many-requests');
  expect(answered().get('order')?.total).toMatchObject({ whole: 1, refused: 2 });
});
