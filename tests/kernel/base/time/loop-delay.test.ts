import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { isLoopBusy, loopDelay, lostTime, unwatchLoop, watchLoop } from '#kernel/base/time/loop-delay.ts';

/** What a beat of the loop waits, in milliseconds. */
const BEAT = 10;
let now = 0;

beforeEach(() => {
  now = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  resetRegistry();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  resetRegistry();
});

/** So many turns of the loop, each late by so much. */
function turns(count: number, late: number): void {
  for (let turn = 0; turn < count; turn++) {
    now += BEAT + late;
    vi.advanceTimersByTime(BEAT);
  }
}

test('a loop that was late and then had nothing to do is on time, whether it is watched again or not', () => {
  watchLoop();
  turns(20, 100);
  expect(isLoopBusy()).toBe(true);
  unwatchLoop();
  turns(500, 0);
  expect(loopDelay()).toBe(0);

  watchLoop();
  turns(20, 100);
  expect(isLoopBusy()).toBe(true);
  unwatchLoop();
  turns(500, 0);
  // As one request every now and then does.
  watchLoop();
  expect(isLoopBusy()).toBe(false);
  unwatchLoop();
});

test('what was lost stays lost', () => {
  watchLoop();
  turns(3, 100);
  const lost = lostTime();
  expect(lost).toBeGreaterThan(0);
  unwatchLoop();
  turns(500, 0);
  expect(lostTime()).toBeGreaterThanOrEqual(lost);
});
