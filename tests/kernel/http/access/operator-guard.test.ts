import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { ok } from '#kernel/contract/answer.ts';
import { type OperatorCredentials, operatorGuard } from '#kernel/contract/guard.ts';
import { operation } from '#kernel/contract/operation.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const contract = {
  id: 'getSecret',
  route: 'GET /api/secret',
  summary: '',
  audience: 'public',
  input: z.object({ size: z.enum(['s', 'm']).optional() }),
  example: {},
  deadline: 500,
} as const;
const View = z.object({ secret: z.string() });

let asked: OperatorCredentials[];
let runs: number;
let engine: TestEngine;
const guard = operatorGuard('pass', (knock) => {
  asked.push(knock);
  return knock.authorization === 'Bearer key' ? 'open' : knock.host === 'known' ? 'locked' : 'absent';
});

beforeEach(() => {
  asked = [];
  const secret = operation({ ...contract, guard, answers: { 200: View } }, async () => {
    runs++;
    return ok({ secret: 'x' });
  });
  engine = startEngine({}, [secret]);
  // The check at start runs it too, without a request.
  runs = 0;
});

const OPEN = { authorization: 'Bearer key' };

test('an operator who is let in gets an answer that nothing keeps: the code runs each time', async () => {
  for (let count = 0; count < 3; count++) {
    const { status, json, headers } = await engine.ask('/api/secret', OPEN);
    expect([status, json, headers['cache-control'], headers.etag]).toEqual([
      200,
      { secret: 'x' },
      'no-store',
      undefined,
    ]);
  }
  expect([runs, engine.engine.responses.size]).toEqual([3, 0]);
});

test('locked is a 401 that says how; absent looks as if there were nothing', async () => {
  const locked = await engine.ask('/api/secret', { host: 'known' });
  expect([locked.status, locked.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  const [absent, nothing] = [await engine.ask('/api/secret'), await engine.ask('/api/nothing')];
  expect([absent.status, absent.json.code]).toEqual([nothing.status, nothing.json.code]);
  expect(runs).toBe(0);
});

test.each(['/api/secret?size=xl', '/api/secret?more=1', '/api/secret?parts=a'])(
  'it is asked before anything else is said: %s',
  async (target) => {
    expect((await engine.ask(target, { accept: 'text/csv' })).json.code).toBe('no-such-route');
    expect((await engine.ask(target, OPEN)).status).toBe(400);
  },
);

test('it can’t be had as a stream', async () => {
  expect((await engine.ask('/api/secret', { ...OPEN, accept: 'text/event-stream' })).status).toBe(406);
});

test('it sees who asks, and of a cookie that is there twice nothing', async () => {
  await engine.ask('/api/secret', { host: 'known', cookie: 'a=1; pass=p' }, { address: '192.0.2.7' });
  await engine.ask('/api/secret', { cookie: 'pass=p; pass=q' });
  expect(asked).toEqual([
    { host: 'known', address: '192.0.2.7', authorization: undefined, pass: 'p' },
    { host: undefined, address: '192.0.2.1', authorization: undefined, pass: undefined },
  ]);
});

test('what could be kept, or is private, has no gate', () => {
  const kept = operation({ ...contract, guard, output: View }, async () => ({ secret: 'x' }));
  expect(() => startEngine({}, [kept])).toThrow(/getSecret is guarded/);
  const personal = operation({ ...contract, audience: 'personal', guard, answers: { 200: View } }, async () =>
    ok({ secret: 'x' }),
  );
  expect(() => startEngine({}, [personal])).toThrow(/getSecret is guarded/);
});
