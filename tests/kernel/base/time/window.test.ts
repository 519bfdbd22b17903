import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, createWindow, totals } from '#kernel/base/time/window.ts';

const events = fc.array(
  fc.record({
    wait: fc.oneof(fc.nat(300), fc.nat(15_000)),
    which: fc.constantFrom('first' as const, 'second' as const),
  }),
  { maxLength: 60 },
);

describe('a window of ten seconds', () => {
  test('counts what fell into this second and the nine before it, and nothing older', () => {
    fc.assert(
      fc.property(fc.nat(1e7), events, fc.nat(12_000), (start, list, rest) => {
        const window = createWindow();
        const happened: { second: number; which: 'first' | 'second' }[] = [];
        let now = start;
        for (const { wait, which } of list) {
          now += wait;
          count(window, which, now);
          happened.push({ second: Math.floor(now / 1_000), which });
        }
        now += rest;
        const recent = happened.filter(({ second }) => second > Math.floor(now / 1_000) - 10);
        expect(totals(window, now)).toEqual({
          first: recent.filter(({ which }) => which === 'first').length,
          second: recent.filter(({ which }) => which === 'second').length,
        });
      }),
    );
  });
});
