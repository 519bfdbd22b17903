import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percent, size, span, times } from '#operations/shape/ops/words.ts';

test('a share is never all where something lacks, nor nothing where something is', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 100_000 }), (a, whole) => {
      const part = Math.min(a, whole);
      const told = Number.parseInt(percent(part, whole), 10);
      if (part < whole) expect(told).toBeLessThan(100);
      if (part > 0) expect(told).toBeGreaterThan(0);
      expect(Math.abs(told - (100 * part) / whole)).toBeLessThanOrEqual(1);
    }),
  );
  expect(percent(0, 0)).toBe('–');
});

test('times and sizes are said as people say them', () => {
  expect([0, 8.44, 94.4, 1_240, 40_000, 300_000, 4 * 3_600_000, 5 * 86_400_000].map(span)).toEqual([
    '0.0 ms',
    '8.4 ms',
    '94 ms',
    '1.2 s',
    '40 s',
    '5 min',
    '4 h',
    '5 days',
  ]);
  expect([999, 1_400, 41_000, 3_250_000].map(size)).toEqual(['999 B', '1.4 kB', '41 kB', '3.3 MB']);
  expect([1, 2, 12].map(times)).toEqual(['once', 'twice', '12 times']);
});
