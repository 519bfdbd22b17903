import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deadlineIn, innerDeadline, remaining, shortened } from '#kernel/base/time/timeout.ts';

const now = fc.integer({ min: 0, max: 1e9 });
const length = fc.integer({ min: 0, max: 60_000 });

describe('deadlines', () => {
  test('what is inside ends after 90 % of what is left, never later than what is outside and never in the past', () => {
    fc.assert(
      fc.property(now, length, (at, milliseconds) => {
        const outer = deadlineIn(milliseconds, at);
        const inner = innerDeadline(outer, at);
        expect(inner).toBeCloseTo(at + milliseconds * 0.9, 3);
        expect(inner).toBeLessThanOrEqual(outer);
        expect(inner).toBeGreaterThanOrEqual(at);
      }),
    );
  });

  test('a deadline that has passed leaves nothing, not less than nothing', () => {
    fc.assert(
      fc.property(now, length, (at, milliseconds) => {
        const past = at - milliseconds;
        expect(innerDeadline(past, at)).toBe(at);
        expect(remaining(past, at)).toBe(0);
      }),
    );
  });

  test('what remains is full milliseconds and never more than there are', () => {
    fc.assert(
      fc.property(now, fc.double({ min: 0, max: 60_000, noNaN: true }), (at, milliseconds) => {
        const left = remaining(deadlineIn(milliseconds, at), at);
        expect(Number.isInteger(left)).toBe(true);
        expect(left).toBeLessThanOrEqual(milliseconds + 1e-6);
        expect(left).toBeGreaterThan(milliseconds - 1.001);
      }),
    );
  });

  test('nested deadlines only ever shrink', () => {
    fc.assert(
      fc.property(now, length, fc.array(fc.nat(1_000), { maxLength: 6 }), (at, milliseconds, steps) => {
        let deadline = deadlineIn(milliseconds, at);
        let clock = at;
        for (const step of steps) {
          const inner = innerDeadline(deadline, clock);
          expect(inner).toBeLessThanOrEqual(Math.max(deadline, clock));
          deadline = inner;
          clock += step;
        }
      }),
    );
  });

  test('a client may shorten the declared deadline and never lengthen it', () => {
    fc.assert(
      fc.property(length, fc.nat(9_999_999), (declared, wanted) => {
        expect(shortened(declared, String(wanted))).toBe(Math.min(declared, wanted));
      }),
    );
  });

  test.each([undefined, '', '-1', '1.5', '1e3', ' 5', '5 ', '0x10', 'soon', '12345678', '5, 6', '٣'])(
    'a header of %j changes nothing',
    (header) => {
      expect(shortened(1_500, header)).toBe(1_500);
    },
  );
});
