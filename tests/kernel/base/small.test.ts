import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { callError, isCallError, toCallError } from '#kernel/base/call-error.ts';
import { deepFreeze } from '#kernel/base/json/json-value.ts';
import { processSingleton, resetRegistry } from '#kernel/base/registry.ts';
import { type Duration, toMilliseconds } from '#kernel/base/time/duration.ts';

afterEach(resetRegistry);

describe('durations', () => {
  test.each<[Duration, number]>([
    ['500ms', 500],
    ['60s', 60_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['6h', 21_600_000],
    ['1d', 86_400_000],
  ])('%s is %i ms, the second time too', (text, milliseconds) => {
    expect(toMilliseconds(text)).toBe(milliseconds);
    expect(toMilliseconds(text)).toBe(milliseconds);
  });

  test.each(['', '5', 's', '-1s', '1e3s', ' 1s', '1w', '1 s', 'NaNs'])('%j is refused by name', (text) => {
    expect(() => toMilliseconds(text as Duration)).toThrow(RangeError);
    expect(() => toMilliseconds(text as Duration)).toThrow(`"${text}"`);
  });
});

describe('faults', () => {
  test('are distinguished by kind, not by class', () => {
    expect(isCallError({ kind: 'call-error', reason: 'open' })).toBe(true);
    for (const other of [undefined, null, 'fault', 1, new Error('fault'), { kind: 'refusal' }]) {
      expect(isCallError(other)).toBe(false);
      expect(toCallError(other).reason).toBe('internal');
    }
    const own = callError('timeout', 'late', { status: 504 });
    expect(toCallError(own)).toBe(own);
  });
});

describe('freezing', () => {
  test('goes all the way down', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const walk = (part: unknown): void => {
          expect(Object.isFrozen(part)).toBe(true);
          if (part !== null && typeof part === 'object') Object.values(part).forEach(walk);
        };
        walk(deepFreeze(value));
      }),
    );
  });
});

describe('the registry', () => {
  test('makes a slot once, and forgets all when reset', () => {
    const first = processSingleton('a test', () => ({ count: 0 }));
    expect(processSingleton('a test', () => ({ count: 9 }))).toBe(first);
    resetRegistry();
    expect(processSingleton('a test', () => ({ count: 9 }))).not.toBe(first);
  });

  test('hangs on the process and not on this copy of the module', () => {
    processSingleton('shared', () => 'value');
    const holder = (globalThis as unknown as Record<symbol, Map<string, unknown>>)[Symbol.for('tributary.registry')];
    expect(holder?.get('shared')).toBe('value');
  });
});
