import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { curlFor } from '#inspector/endpoints/curl.ts';
import { callsUpstream, planLines } from '#inspector/endpoints/plan-lines.ts';
import { watchedReads } from '#inspector/watched.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { getProduct } from '#operations/catalog/product.ts';
import { operations } from '#operations/index.ts';
import { callOf, traceOf } from './traces.ts';

describe('the plan of an endpoint', () => {
  test('has every section that shows without an answer, and what traces show beside it, once', () => {
    const seen = (section: string, upstream: string, call: string) => callOf({ section, upstream, call });
    const calls = [
      seen('product', 'catalog', 'GET products/{}'),
      seen('related.products', 'catalog', 'GET products'),
      seen('related.products', 'catalog', 'GET products'),
    ];
    const lines = planLines(getProduct as Operation, [
      traceOf({ operation: 'getProduct', calls }),
      traceOf({ operation: 'other', calls: [seen('x', 'cart', 'GET carts/{}')] }),
    ]);
    expect(lines.map(({ section, need, depth }) => [section, need, depth])).toEqual([
      ['product', 'subject', 0],
      ['price', 'required', 0],
      ['stock', 'optional', 0],
      ['rating', 'optional', 0],
      ['related', 'optional', 0],
      ['related.products', 'later', 1],
    ]);
    expect(lines.at(-1)?.calls).toHaveLength(1);
    expect(callsUpstream(getProduct as Operation, 'reviews')).toBe(true);
    expect(callsUpstream(getProduct as Operation, 'cart')).toBe(false);
  });
});

describe('a curl command', () => {
  test.each((operations as readonly Operation[]).map((operation) => [operation.contract.id, operation] as const))(
    'for %s is one that a shell can read, with a body of the right shape',
    (_, operation) => {
      const command = curlFor(operation, 'http://shop.test').replace(/^curl/, 'printf "%s\\n"');
      const words = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('\n');
      expect(words.some((word) => word.startsWith('http://shop.test/api/'))).toBe(true);
      const { body } = operation.contract;
      if (body === undefined || body.kind === 'raw') return;
      const sent = JSON.parse(words[words.indexOf('-d') + 1] ?? '') as Record<string, unknown>;
      const required = Object.entries(body.schema.shape).filter(([, schema]) => !schema.safeParse(undefined).success);
      expect(Object.keys(sent).sort()).toEqual(required.map(([name]) => name).sort());
    },
  );
});

test('what is watched is counted by operation and lane, and its keys are shown to no one', () => {
  const watched = new Map([
    ['a|', 2],
    ['a|secret', 1],
    ['b|', 5],
  ]);
  const tell = (key: string) => ({ operation: key.split('|')[0] ?? '', lane: '' });
  expect(watchedReads(watched, tell)).toEqual([
    { operation: 'b', lane: '', reads: 1, watchers: 5 },
    { operation: 'a', lane: '', reads: 2, watchers: 3 },
  ]);
});
