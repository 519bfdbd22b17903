import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallError } from '#kernel/base/call-error.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import {
  extendTimeoutsByLostTime,
  isLoopBusy,
  loopDelay,
  lostTime,
  unwatchLoop,
  watchLoop,
} from '#kernel/base/time/loop-delay.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';
import { delayLoop, loseTime, steadyLoop } from '#tests/support/steady-loop.ts';

beforeEach(() => {
  resetRegistry();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

describe('a timeout', () => {
  test.each([
    [0, 'timeout'],
    [49, 'timeout'],
    [51, 'busy'],
    [90, 'busy'],
  ])('of 100 ms of which this process lost %i is reported as %s', (lost, reason) => {
    steadyLoop();
    let told: CallError | undefined;
    new Timeout(100, (late) => (told = late));
    loseTime(lost);
    vi.advanceTimersByTime(101);
    expect(told?.reason).toBe(reason);
    expect(told?.lost).toBe(reason === 'busy' ? lost : undefined);
  });

  test('is not excused by what was lost before it began', () => {
    steadyLoop();
    loseTime(10_000);
    let told: CallError | undefined;
    new Timeout(100, (late) => (told = late));
    vi.advanceTimersByTime(101);
    expect(told?.reason).toBe('timeout');
  });

  test('is put off by what was lost where that is forgiven, and then judged as any other', () => {
    steadyLoop();
    extendTimeoutsByLostTime();
    let told: CallError | undefined;
    new Timeout(100, (late) => (told = late));
    loseTime(90);
    vi.advanceTimersByTime(150);
    expect(told).toBeUndefined();
    vi.advanceTimersByTime(60);
    expect(told?.reason).toBe('timeout');
  });

  test('is not put off for ever', () => {
    steadyLoop();
    extendTimeoutsByLostTime();
    let told: CallError | undefined;
    new Timeout(100, (late) => (told = late));
    for (let stall = 0; stall < 20; stall++) {
      loseTime(100);
      vi.advanceTimersByTime(101);
    }
    expect(told?.reason).toBe('busy');
  });

  test('is not judged when it is due, but after one look at the sockets, in which it may still be cleared', () => {
    const expired = vi.fn();
    const timeout = new Timeout(100, expired);
    vi.advanceTimersByTime(100);
    expect(expired).not.toHaveBeenCalled();
    timeout.clear();
    vi.advanceTimersByTime(1_000);
    expect(expired).not.toHaveBeenCalled();
  });

  test('leaves no timer behind, cleared once, twice or never', () => {
    const cleared = new Timeout(1_000, () => {});
    cleared.clear();
    cleared.clear();
    new Timeout(50, () => {});
    vi.advanceTimersByTime(2_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the event loop', () => {
  test('is watched only while a caller wants to know', () => {
    expect(vi.getTimerCount()).toBe(0);
    watchLoop();
    watchLoop();
    unwatchLoop();
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(1);
    unwatchLoop();
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('counts what is overdue already, and a stall once', () => {
    vi.useRealTimers();
    watchLoop();
    const before = lostTime();
    const from = performance.now();
    while (performance.now() - from < 200);
    const overdue = lostTime() - before;
    // The beat was due 10 ms after the beginning, and 5 are normal.
    expect(overdue).toBeGreaterThanOrEqual(184);
    return new Promise<void>((resolve) => {
      setTimeout(() => {
        unwatchLoop();
        expect(lostTime() - before).toBeGreaterThanOrEqual(overdue);
        resolve();
      }, 20);
    });
  });

  test('is busy by the median of its beats: one collection is no load', () => {
    steadyLoop();
    expect([loopDelay(), isLoopBusy()]).toEqual([0, false]);
    delayLoop(21);
    expect([loopDelay(), isLoopBusy()]).toEqual([21, true]);
  });
});
