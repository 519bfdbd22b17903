import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aloneOf, criticalPath, type Stretch } from '#inspector/requests/critical-path.ts';

const stretches = fc.array(
  fc
    .tuple(fc.integer({ min: -20, max: 100 }), fc.integer({ min: 0, max: 60 }))
    .map(([start, length]): Stretch => ({ start, end: start + length })),
  { maxLength: 12 },
);

describe('the critical path', () => {
  test('lies end to end from the start to the end, each stretch once and within itself', () => {
    fc.assert(
      fc.property(stretches, fc.integer({ min: 1, max: 120 }), (all, to) => {
        const path = criticalPath(all, 0, to);
        expect(path[0]?.start).toBe(0);
        expect(path.at(-1)?.end).toBe(to);
        for (const [place, { start, end, of }] of path.entries()) {
          expect(end).toBeGreaterThan(start);
          if (place > 0) expect(start).toBe(path[place - 1]?.end);
          if (of === undefined) continue;
          expect(start).toBeGreaterThanOrEqual((all[of] as Stretch).start);
          expect(end).toBeLessThanOrEqual((all[of] as Stretch).end);
        }
        const named = path.flatMap(({ of }) => (of === undefined ? [] : [of]));
        expect(new Set(named).size).toBe(named.length);
      }),
    );
  });

  test('says that we were at work ourselves only where nothing on it could have been', () => {
    fc.assert(
      fc.property(stretches, fc.integer({ min: 1, max: 120 }), (all, to) => {
        for (const { of, start, end } of criticalPath(all, 0, to)) {
          if (of !== undefined) continue;
          // Nothing ends in a gap: it would have been what was waited for.
          const within = all.filter((one) => one.end > start + 0.1 && one.end < end && one.start < one.end);
          expect(within).toEqual([]);
        }
      }),
    );
  });

  test('is the chain that was waited for, and not what ran beside it', () => {
    const all = [
      { start: 0, end: 30 },
      { start: 0, end: 10 },
      { start: 30.01, end: 90 },
      { start: 30.01, end: 60 },
    ];
    expect(criticalPath(all, 0, 92).map(({ of }) => of)).toEqual([0, undefined, 2, undefined]);
  });
});

describe('how long a stretch was alone', () => {
  test('is what no other covers', () => {
    fc.assert(
      fc.property(
        stretches,
        fc.integer({ max: 50, min: 0 }),
        fc.integer({ max: 50, min: 1 }),
        (others, start, length) => {
          const own = { start, end: start + length };
          let alone = 0;
          for (let at = own.start; at < own.end; at++) {
            if (!others.some((other) => other.start <= at && other.end > at)) alone++;
          }
          expect(aloneOf(own, others)).toBe(alone);
        },
      ),
    );
  });
});
