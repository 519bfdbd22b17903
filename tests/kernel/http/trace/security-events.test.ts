import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { resetRegistry } from '#kernel/base/registry.ts';
import { done, ok } from '#kernel/contract/answer.ts';
import { operatorGuard, signed } from '#kernel/contract/guard.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { recordSecurityEvent, type SecurityEvent } from '#kernel/telemetry/security-events.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const common = { summary: '', input: z.object({}), example: {}, answers: { 204: undefined }, deadline: 1_000 } as const;
const operators = operation(
  {
    ...common,
    id: 'status',
    route: 'GET /api/ops',
    audience: 'public',
    guard: operatorGuard('pass', ({ authorization, pass }) => {
      if (authorization === 'Bearer right') return 'open';
      return pass === 'old' ? 'ended' : 'locked';
    }),
    limit: false,
    answers: { 200: z.object({ well: z.boolean() }) },
  },
  async () => ok({ well: true }),
);
const own = operation(
  { ...common, id: 'own', route: 'POST /api/own', audience: 'personal', limit: 'writes' },
  async () => done(),
);
const hook = operation(
  {
    ...common,
    id: 'hook',
    route: 'POST /api/hook',
    audience: 'public',
    limit: false,
    headers: ['x-signature'],
    body: { kind: 'raw', types: ['application/json'], limit: 100 },
    guard: signed(() => false),
  },
  async () => done(),
);
const login = operation(
  {
    ...common,
    id: 'login',
    route: 'GET /api/login',
    audience: 'public',
    problems: { 'login-refused': { status: 401, title: '', meaning: '', whatToDo: '', forOperators: '' } },
  },
  async () => refuse('login-refused', 'It did not fit.'),
);

let lines: SecurityEvent[];
let engine: TestEngine;
beforeEach(() => {
  lines = [];
  engine = startEngine({}, [operators, own, hook, login], {
    security: (event) => void lines.push(event),
    rateLimits: { logins: { quota: 5, seconds: 60 }, writes: { quota: 2, seconds: 60 } },
  });
});

const POST = { method: 'POST', address: '192.0.2.7' };
const PROOF = { origin: 'http://shop.test', 'x-csrf': '1' };

test.each<[string, string, Record<string, string>, object, Partial<SecurityEvent>]>([
  [
    'a wrong operator token',
    '/api/ops?a=secret',
    { authorization: 'Bearer wrong' },
    {},
    { event: 'operator-refused', status: 401, operation: 'status', path: '/api/ops' },
  ],
  ['a made-up pass', '/api/ops', { cookie: 'pass=x' }, {}, { event: 'operator-refused', status: 401 }],
  [
    'a wrong bearer',
    '/api/own',
    { authorization: 'Bearer bad' },
    POST,
    { event: 'credential-refused', status: 401, address: '192.0.2.7' },
  ],
  [
    'a nonsense credential',
    '/api/own',
    { authorization: 'Basic x' },
    POST,
    { event: 'credential-refused', status: 401 },
  ],
  [
    'a wrong signature',
    '/api/hook',
    { 'content-type': 'application/json' },
    { ...POST, body: {} },
    { event: 'bad-signature', status: 401, operation: 'hook' },
  ],
  ['a refused login', '/api/login', {}, {}, { event: 'login-refused', status: 401, reason: 'It did not fit.' }],
])('%s is one line: who, from where, what was refused', async (_, target, headers, asked, expected) => {
  await engine.ask(target, headers, asked);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ id: expect.any(String), method: expect.any(String), ...expected });
  expect(JSON.stringify(lines)).not.toMatch(/secret|wrong|Bearer/);
});

test('one too many is a line, with the customer whose it was', async () => {
  for (let index = 0; index < 3; index++) {
    await engine.ask('/api/own', { authorization: 'Bearer ada', ...PROOF }, POST);
  }
  expect(lines).toMatchObject([
    { event: 'too-many-requests', status: 429, caller: expect.stringMatching(/^[\w-]{43}$/) },
  ]);
});

test('no event is written of a client that brings nothing, or what was right until it ended, or is let in', async () => {
  await engine.ask('/api/own', PROOF, POST);
  await engine.ask('/api/ops');
  for (let count = 0; count < 10; count++)
    expect((await engine.ask('/api/ops', { cookie: 'pass=old' })).status).toBe(401);
  await engine.ask('/api/ops', { authorization: 'Bearer right' });
  await engine.ask('/api/nothing');
  expect(lines).toEqual([]);
});

test('wrong operator tokens are limited by where they come from, and the right one never is', async () => {
  const statuses = [];
  for (let index = 0; index < 120; index++) {
    statuses.push(
      (await engine.ask('/api/ops', { authorization: `Bearer ${index}` }, { address: '192.0.2.9' })).status,
    );
  }
  expect(statuses).toEqual([...new Array(5).fill(401), ...new Array(115).fill(429)]);
  expect(lines).toHaveLength(10);
  expect((await engine.ask('/api/ops', { authorization: 'Bearer right' }, { address: '192.0.2.9' })).status).toBe(200);
  expect((await engine.ask('/api/ops', { authorization: 'Bearer x' }, { address: '192.0.2.10' })).status).toBe(401);
});

test('a flood writes few lines, of one network or of many, and the next one says how many there were', () => {
  resetRegistry();
  const event: SecurityEvent = { event: 'e', id: '', operation: '', method: '', path: '', status: 401, address: '' };
  const told: SecurityEvent[] = [];
  const tell = (network: string, now: number) => recordSecurityEvent(event, network, now, (line) => told.push(line));
  for (let index = 0; index < 50; index++) tell('a', 0);
  expect(told).toHaveLength(10);
  tell('b', 0);
  expect(told).toHaveLength(11);
  tell('a', 60_000);
  expect(told.at(-1)).toEqual({ ...event, unsaid: 40 });
  tell('a', 60_001);
  expect(told.at(-1)).toEqual(event);
  for (let index = 0; index < 2_000; index++) tell(`n${index}`, 200_000);
  expect(told.length).toBe(13 + 300);
});
