import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SLICE, SLICES } from '#kernel/base/time/window.ts';
import { countExchange, countViolation, createTraffic, slicesOf, trafficStats } from '#kernel/upstream/lane/traffic.ts';

const REASONS = ['timeout', 'unavailable', 'open', 'not-found', 'aborted', undefined] as const;

/** The nearest rank of a list. */
function rank(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] as number;
}

describe('the traffic of an upstream', () => {
  test('gives a quantile at most 19 % above what it was, never below', () => {
    const durations = fc.array(fc.double({ min: 0.5, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, (all) => {
        const traffic = createTraffic();
        for (const duration of all) countExchange(traffic, 0, duration, undefined);
        const { p50 = 0, p95 = 0 } = trafficStats(traffic, 0);
        for (const [told, was] of [
          [p50, rank(all, 0.5)],
          [p95, rank(all, 0.95)],
        ] as const) {
          expect(told).toBeGreaterThanOrEqual(was * 0.999_999);
          expect(told).toBeLessThanOrEqual(was * 2 ** 0.25 * 1.000_001);
        }
      }),
    );
  });

  test('holds what the last quarter of an hour saw and nothing older, whatever order of pauses', () => {
    const steps = fc.array(
      fc.record({ pause: fc.integer({ min: 0, max: 3 * SLICE * SLICES }), reason: fc.constantFrom(...REASONS) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const traffic = createTraffic();
        const counted: { turn: number; failed: boolean }[] = [];
        let now = 0;
        for (const { pause, reason } of all) {
          now += pause;
          countExchange(traffic, now, 1, reason);
          const failed = reason !== undefined && reason !== 'not-found' && reason !== 'aborted';
          counted.push({ turn: Math.floor(now / SLICE), failed });
        }
        const first = Math.floor(now / SLICE) - SLICES + 1;
        const recent = counted.filter(({ turn }) => turn >= first);
        const { calls, failures } = trafficStats(traffic, now);
        expect(calls).toBe(recent.length);
        expect([...failures.values()].reduce((sum, count) => sum + count, 0)).toBe(
          recent.filter(({ failed }) => failed).length,
        );
        expect(slicesOf(traffic, now).map((slice) => slice?.calls ?? 0)).toEqual(
          Array.from({ length: SLICES }, (_, place) => recent.filter(({ turn }) => turn === first + place).length),
        );
        expect(traffic.calls).toBe(counted.length);
      }),
    );
  });

  test('where nothing was sent there is no time that it took, and no line through zero', () => {
    const traffic = createTraffic();
    expect(slicesOf(traffic, 5 * SLICE).every((slice) => slice === undefined)).toBe(true);
    countExchange(traffic, 5 * SLICE, undefined, 'open');
    expect(trafficStats(traffic, 5 * SLICE)).toMatchObject({ calls: 1, p50: undefined, p95: undefined });
    expect(traffic.lastGood).toBeUndefined();
  });

  test('an answer that does not fit is one call and one failure', () => {
    const traffic = createTraffic();
    countExchange(traffic, 0, 3, undefined);
    countViolation(traffic, 0);
    expect(trafficStats(traffic, 0).calls).toBe(1);
    expect([...trafficStats(traffic, 0).failures]).toEqual([['contract', 1]]);
    expect(traffic.failures.get('contract')?.count).toBe(1);
  });
});
