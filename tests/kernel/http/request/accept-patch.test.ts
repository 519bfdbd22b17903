import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { resetRegistry } from '#kernel/base/registry.ts';
import { ok } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { startEngine } from '#tests/support/engine.ts';

const View = z.object({ n: z.number() });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({}),
  example: {},
  answers: { 200: View },
  deadline: 500,
} as const;
const change = operation(
  { ...contract, id: 'change', route: 'PATCH /api/thing', body: { kind: 'mergePatch', schema: View.partial() } },
  async (_, { body }) => ok({ n: body.n ?? 0 }),
);
const replace = operation(
  { ...contract, id: 'replace', route: 'PUT /api/other', body: { kind: 'json', schema: View } },
  async (_, { body }) => ok(body),
);
const ACCEPTED = 'application/json, application/merge-patch+json';

afterEach(resetRegistry);

describe('a PATCH', () => {
  test.each(['application/json', 'application/merge-patch+json', 'application/json;charset=utf-8'])(
    'is taken as %s',
    async (type) => {
      const shop = startEngine({}, [change]);
      const { status, json } = await shop.ask(
        '/api/thing',
        { 'content-type': type },
        { method: 'PATCH', body: { n: 2 } },
      );
      expect([status, json.n]).toEqual([200, 2]);
    },
  );

  test.each(['text/plain', 'application/json-patch+json', 'application/xml'])(
    'sent as %s is answered with what it may be sent as',
    async (type) => {
      const shop = startEngine({}, [change]);
      const { status, headers } = await shop.ask('/api/thing', { 'content-type': type }, { method: 'PATCH', body: {} });
      expect([status, headers['accept-patch'], headers.accept]).toEqual([415, ACCEPTED, ACCEPTED]);
    },
  );

  test('is named by OPTIONS, where there is one', async () => {
    const shop = startEngine({}, [change, replace]);
    const asked = async (target: string) => (await shop.ask(target, {}, { method: 'OPTIONS' })).headers['accept-patch'];
    expect([await asked('/api/thing'), await asked('/api/other')]).toEqual([ACCEPTED, undefined]);
  });
});
