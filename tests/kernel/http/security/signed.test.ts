import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { signed, type Verify } from '#kernel/contract/guard.ts';
import { operation } from '#kernel/contract/operation.ts';
import { readUnproven } from '#kernel/http/security/signed.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const contract = {
  id: 'receive',
  route: 'POST /api/receive',
  summary: '',
  audience: 'public',
  input: z.object({}),
  example: {},
  headers: ['x-signature'],
  body: { kind: 'raw', types: ['application/json'], limit: 100 },
  answers: { 204: undefined },
  deadline: 500,
} as const;

let seen: string[];
let asked: [Readonly<Record<string, string | undefined>>, string][];
const verify: Verify = (headers, body) => {
  asked.push([headers, Buffer.from(body).toString()]);
  return headers['x-signature'] === 'right';
};
let engine: TestEngine;

beforeEach(() => {
  [seen, asked] = [[], []];
  const receive = operation({ ...contract, guard: signed(verify) }, async (_, { body }) => {
    // The check at start runs this too, without a request.
    if (body.length !== undefined) seen.push(Buffer.from(body).toString());
    return done();
  });
  engine = startEngine({}, [receive]);
});

const post = (headers: Record<string, string>) =>
  engine.ask('/api/receive', { 'x-other': 'unseen', ...headers }, { method: 'POST', body: { a: 'é' } });

test('a signed body comes to the code as the bytes that came', async () => {
  expect((await post({ 'x-signature': 'right' })).status).toBe(204);
  expect(asked).toEqual([[{ 'x-signature': 'right' }, '{"a":"é"}']]);
  expect(seen).toEqual(['{"a":"é"}']);
});

test('an unsigned one never comes to the code', async () => {
  const { status, json, headers } = await post({});
  expect([status, json.code, json.detail, headers['www-authenticate']]).toEqual([
    401,
    'bad-signature',
    undefined,
    undefined,
  ]);
  expect(seen).toEqual([]);
});

test('a check that throws is a failure of ours, not a way in', async () => {
  const receive = operation(
    {
      ...contract,
      guard: signed(() => {
        throw new Error('no secret');
      }),
    },
    async () => done(),
  );
  engine = startEngine({}, [receive]);
  expect((await post({ 'x-signature': 'right' })).status).toBe(500);
  expect(engine.reported).toHaveLength(1);
});

describe('what can’t be served', () => {
  test('is a raw body that no one signs, a signature without one, and a signed one that knows its user', () => {
    expect(() => startEngine({}, [operation(contract, async () => done())])).toThrow('nothing proves who sent it');
    const json = { kind: 'json', schema: z.object({}) } as const;
    for (const wrong of [{ body: json }, { audience: 'either' }] as const) {
      const receive = operation({ ...contract, ...wrong, guard: signed(verify) } as never, async () => done() as never);
      expect(() => startEngine({}, [receive])).toThrow('its body must be raw and its audience public');
    }
  });
});

describe('bodies of unknown senders', () => {
  const MIB = 1_024 * 1_024;
  const large = (): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: async function* () {
      yield new Uint8Array(24 * MIB);
    },
  });
  const small = async function* () {
    for (let n = 0; n < 80; n++) yield new Uint8Array(256 * 1_024);
  };
  const drain = async (source: AsyncIterable<Uint8Array>) => {
    for await (const _ of source);
  };

  test('may hold so much together, and no more, also beside small ones; what is read is given back', async () => {
    const hold = Promise.withResolvers<void>();
    const holding = [1, 2].map(() =>
      readUnproven(large(), 25 * MIB, async (source) => {
        await drain(source);
        await hold.promise;
      }),
    );
    await Promise.resolve();
    await expect(readUnproven(large(), 25 * MIB, drain)).rejects.toMatchObject({ reason: 'overloaded' });
    await readUnproven(small(), 256 * 1_024, drain);
    hold.resolve();
    await Promise.all(holding);
    await readUnproven(large(), 25 * MIB, drain);
    await readUnproven(large(), 25 * MIB, drain);
    await readUnproven(large(), 25 * MIB, drain);
  });
});
