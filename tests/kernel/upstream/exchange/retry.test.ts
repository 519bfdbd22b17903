import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallErrorReason, callError } from '#kernel/base/call-error.ts';
import { createWindow } from '#kernel/base/time/window.ts';
import { deposit, mayRetry, pauseBefore, retryAfterOf, withdraw } from '#kernel/upstream/exchange/retry.ts';

const read = { method: 'GET', path: '', isRead: true } as const;
const write = { method: 'POST', path: '', isRead: false } as const;
const reading = { method: 'POST', path: '', isRead: true } as const;

describe('what may be tried again', () => {
  test.each<[CallErrorReason, number | undefined, number | undefined, boolean]>([
    ['timeout', undefined, undefined, true],
    ['unavailable', undefined, undefined, true],
    ['unavailable', 502, undefined, true],
    ['unavailable', 503, undefined, true],
    ['unavailable', 503, 1_000, true],
    ['unavailable', 504, undefined, true],
    ['unavailable', 429, 500, true],
    ['unavailable', 429, undefined, false],
    ['unavailable', 500, undefined, false],
    ['unavailable', 501, undefined, false],
    ['unavailable', 400, undefined, false],
    ['unavailable', 409, undefined, false],
    ['unavailable', 302, undefined, false],
    ['not-found', 404, undefined, false],
    ['denied', 401, undefined, false],
    ['contract', 200, undefined, false],
    ['open', undefined, undefined, false],
    ['aborted', undefined, undefined, false],
    ['overloaded', undefined, undefined, false],
    ['internal', undefined, undefined, false],
  ])('%s with status %s and Retry-After %s: %s', (reason, status, retryAfter, expected) => {
    const failure = callError(reason, '', {
      ...(status === undefined ? {} : { status }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    expect(mayRetry(read, failure)).toBe(expected);
    expect(mayRetry(reading, failure)).toBe(expected);
    expect(mayRetry(write, failure)).toBe(false);
  });
});

describe('the pause before a retry', () => {
  test.each([
    [1, 50],
    [2, 100],
    [3, 200],
    [5, 800],
    [6, 1_000],
    [20, 1_000],
  ])('number %i is spread evenly between nothing and %i ms', (retry, cap) => {
    const failure = callError('unavailable', '');
    const pauses = Array.from({ length: 10_000 }, () => pauseBefore(retry, failure, Math.random()));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pauses)).toBeLessThan(cap);
    expect(Math.min(...pauses)).toBeLessThan(cap * 0.05);
    expect(Math.max(...pauses)).toBeGreaterThan(cap * 0.95);
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
    expect(Math.abs(mean - cap / 2)).toBeLessThan(cap * 0.02);
  });

  test('is what the upstream asked for, where it did', () => {
    expect(pauseBefore(1, callError('unavailable', '', { retryAfter: 700 }), 0.5)).toBe(700);
    expect(pauseBefore(3, callError('unavailable', '', { retryAfter: 0 }), 0.9)).toBe(0);
  });
});

describe('the retry budget', () => {
  const steps = fc.array(fc.record({ wait: fc.nat(3_000), requests: fc.nat(40), retries: fc.nat(30) }), {
    maxLength: 20,
  });

  test('never gives more than a fifth of the requests of ten seconds and the floor, whatever is wanted', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const budget = createWindow();
        const requests: number[] = [];
        const retries: number[] = [];
        const recent = (events: number[], now: number) =>
          events.filter((at) => Math.floor(at / 1_000) > Math.floor(now / 1_000) - 10).length;
        let now = 0;
        for (const step of list) {
          now += step.wait;
          for (let number = 0; number < step.requests; number++) {
            deposit(budget, now);
            requests.push(now);
          }
          for (let number = 0; number < step.retries; number++) {
            const allowed = 10 + 0.2 * recent(requests, now);
            const given = withdraw(budget, now);
            expect(given).toBe(recent(retries, now) < allowed);
            if (!given) continue;
            retries.push(now);
            expect(recent(retries, now)).toBeLessThan(allowed + 1);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('lets a quiet upstream be tried again, ten times in ten seconds', () => {
    const budget = createWindow();
    const given = Array.from({ length: 30 }, () => withdraw(budget, 5_000)).filter(Boolean);
    expect(given).toHaveLength(10);
    expect(withdraw(budget, 14_999)).toBe(false);
    expect(withdraw(budget, 15_000)).toBe(true);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);

  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['7', 7_000],
    ['120', 120_000],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['9999999999', undefined],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2026 11:59:00 GMT', 0],
    ['Thursday', undefined],
    ['Thu, the first', undefined],
    ['2026-01-01T12:00:30Z', undefined],
  ])('%j is %s ms', (header, milliseconds) => {
    expect(retryAfterOf(header, now)).toBe(milliseconds);
  });
});
