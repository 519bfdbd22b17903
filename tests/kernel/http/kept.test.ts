import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keptCalls } from '#kernel/flow/kept-calls.ts';
import { keptAnswers } from '#kernel/http/kept-answers.ts';
import { purgeAllEverywhere, purgeEverywhere } from '#kernel/http/purging.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

let upstream: TestUpstream;
let engine: TestEngine;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.otherwise = (response) => json(response, { n: 1 });
  engine = startEngine({ shop: upstream.url }, OPERATIONS);
});

const calls = () => keptCalls(engine.lane(), engine.engine.ground.tags, performance.now());
const answers = () => keptAnswers(engine.engine, performance.now());

describe('what is kept', () => {
  test('is told by call, tags, state, age and size, and counted as the cache counts it', async () => {
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
    expect(call?.tags).toEqual(['things', 'thing:7']);
    expect(call?.left).toBeGreaterThan(50_000);
    expect(call?.bytes).toBe(engine.lane().calls.calculatedSize);
    const [answer] = answers();
    expect(answer).toMatchObject({ operation: 'getThing', input: '{"id":"7"}', state: 'fresh', hits: 1 });
    expect(answer?.bytes).toBe(engine.engine.composites.calculatedSize);
  });

  test('shows nothing of whose it is', async () => {
    await engine.ask('/api/seen/7', { authorization: 'Bearer ana' });
    const told = JSON.stringify([calls(), answers()]);
    expect(told).toContain('seen:7');
    expect(told).not.toContain('ana');
    expect(told).not.toContain('issuer');
  });

  test('is asked for anew once one of its tags is purged, or everything', async () => {
    await engine.ask('/api/things/7');
    await engine.ask('/api/things/8');
    purgeEverywhere(engine.engine, ['thing:7']);
    expect(calls().map(({ call, state }) => [call, state])).toEqual([
      ['GET things/8', 'fresh'],
      ['GET things/7', 'spare'],
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
