import { beforeEach, describe, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { isLogged } from '#kernel/telemetry/access.ts';
import { recordTrace } from '#kernel/telemetry/record-trace.ts';
import { type RequestTrace, recentTraces } from '#kernel/telemetry/trace.ts';

const trace = (id: string): RequestTrace => ({
  id,
  at: 0,
  method: 'GET',
  target: '/',
  operation: 'x',
  lane: '',
  status: 200,
  duration: 1,
  deadline: 1,
  bytesOut: 0,
  cache: 'miss',
  sections: {},
  calls: [],
});

beforeEach(resetRegistry);

describe('the ring of traces', () => {
  test('is empty at first', () => {
    expect(recentTraces()).toEqual([]);
  });

  test('gives the newest first, and no more than it was asked for', () => {
    for (const id of ['a', 'b', 'c']) recordTrace(trace(id));
    expect(recentTraces().map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(recentTraces(2).map(({ id }) => id)).toEqual(['c', 'b']);
    expect(recentTraces(0)).toEqual([]);
  });

  test('is bounded: the oldest make room, in order', () => {
    for (let number = 0; number < 2_000; number++) recordTrace(trace(String(number)));
    const kept = recentTraces().map(({ id }) => Number(id));
    expect(kept).toHaveLength(512);
    expect(kept).toEqual(Array.from({ length: 512 }, (_, index) => 1_999 - index));
  });
});

describe('the access log', () => {
  test('has every failure and one in a hundred of the rest', () => {
    for (const status of [400, 404, 499, 500, 504]) expect(isLogged(status)).toBe(true);
    const logged = Array.from({ length: 1_000 }, () => isLogged(200)).filter(Boolean).length;
    expect(logged).toBe(10);
  });
});
