import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cachedAnswers } from '#inspector/cached-answers.ts';
import { cachedCalls } from '#inspector/cached-calls.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { purgeAllEverywhere, purgeEverywhere } from '#kernel/http/write/effects.ts';
import { privateId } from '#kernel/identity/principal.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream as menu } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = menu('shop', { timeout: 1_000, attempts: 1, parallel: 8 });

/** What is one customer's alone, and kept all the same. */
const getMine = operation(
  {
    id: 'getMine',
    route: 'GET /api/mine/{id}',
    summary: '',
    audience: 'personal',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    output: z.object({ thing: Thing }),
    deadline: 2_000,
  },
  (_, { all, principal }) => {
    const policy = cache.for('60s').tagged('mine');
    return all({ thing: required(http.get(path`mine/${privateId('customer', principal)}`, Thing, policy)) }, (v) => v);
  },
);

let upstream: TestUpstream;
let engine: TestEngine;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.otherwise = (response) => json(response, { n: 1 });
  engine = startEngine({ shop: upstream.url }, [...OPERATIONS, getMine]);
});

const calls = () => cachedCalls(engine.lane(), engine.engine.deps.tags, performance.now());
const answers = () => cachedAnswers(engine.engine, performance.now());

describe('what is kept', () => {
  test('is described by call, tags, state, age and size, and counted as the cache counts it', async () => {
    await engine.ask('/api/things/7');
    await engine.ask('/api/things/7');
    const [call, ...others] = calls();
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      upstream: 'shop',
      call: 'GET things/7',
      personal: false,
      state: 'fresh',
      missing: false,
    });
    expect(call?.tags).toEqual(['things', 'thing:7', 'upstream:shop']);
    expect(call?.left).toBeGreaterThan(50_000);
    expect(call?.bytes).toBe(engine.lane().calls.calculatedSize);
    const [answer] = answers();
    expect(answer).toMatchObject({ operation: 'getThing', input: '{"id":"7"}', state: 'fresh', hits: 1 });
    expect(answer?.bytes).toBe(engine.engine.responses.calculatedSize);
  });

  test('shows nothing of whose it is, and yet under which tag it can be purged', async () => {
    await engine.ask('/api/mine/7', { authorization: 'Bearer ana' });
    expect(calls()).toMatchObject([
      { upstream: 'shop', call: 'GET mine/…', personal: true, tags: ['mine', 'upstream:shop'], state: 'fresh' },
    ]);
    expect(JSON.stringify([calls(), answers()])).not.toMatch(/ana|issuer/);
    purgeEverywhere(engine.engine, ['mine']);
    expect(calls()[0]?.state).not.toBe('fresh');
  });

  test('is asked for anew once one of its tags is purged, or everything', async () => {
    await engine.ask('/api/things/7');
    await engine.ask('/api/things/8');
    purgeEverywhere(engine.engine, ['thing:7']);
    expect(calls().map(({ call, state }) => [call, state])).toEqual([
      ['GET things/8', 'fresh'],
      ['GET things/7', 'stale-if-error'],
    ]);
    expect(answers().map(({ input, state }) => [input, state])).toEqual([
      ['{"id":"8"}', 'fresh'],
      ['{"id":"7"}', 'old'],
    ]);
    const asked = upstream.count();
    await engine.ask('/api/things/8');
    expect(upstream.count()).toBe(asked);
    await engine.ask('/api/things/7');
    expect(upstream.count()).toBe(asked + 1);
    purgeAllEverywhere(engine.engine);
    expect(answers().every(({ state }) => state === 'old')).toBe(true);
    await engine.ask('/api/things/8');
    expect(upstream.count()).toBe(asked + 2);
  });
});
