import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { request } from 'undici';
import { vi } from 'vitest';

/** In each millisecond of the real clock twenty pass, in steps between which the sockets of this process are read. */
const STEPS = 4;
const STEP_MS = 5;
/** Turns of the event loop in a millisecond of `passTime`, in which an answer comes to whoever waits for it. */
const TURNS = 4;
const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] as const;

export interface VirtualTime {
  /** From here on it passes by `vi.advanceTimersByTime` alone. */
  stop(): void;
  /** The real clock is back. */
  end(): void;
}

/** Time stands still from here on, until `vi.useRealTimers`. What reads the clock is to be made after it. */
export async function stopTime(...also: 'Date'[]): Promise<void> {
  // Undici keeps the first timer that it makes for good, so that is made of the real clock.
  await request('http://127.0.0.1:1').catch(() => undefined);
  vi.useFakeTimers({ toFake: [...FAKED, ...also] });
}

/** Time that was stopped passes until some work is done: what the machine takes for it is none of it. */
export async function passTime<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const done = work.finally(() => {
    isOver = true;
  });
  done.catch(() => undefined);
  while (!isOver) {
    for (let turns = 0; turns < TURNS; turns++) await turn();
    if (!isOver) await vi.advanceTimersByTimeAsync(1);
  }
  return done;
}

/**
 * Time that passes twenty times as fast, for what waits for seconds. It passes by turns of the event loop: a process that
 * gets nothing of the machine loses nothing by it. What reads the clock is to be made after it; `until` waits by the real
 * one.
 */
export async function startVirtualTime(): Promise<VirtualTime> {
  await stopTime();
  let passes = true;
  const pass = async () => {
    for (;;) {
      await pause(1);
      for (let step = 0; step < STEPS; step++) {
        if (!passes) return;
        vi.advanceTimersByTime(STEP_MS);
        await turn();
      }
    }
  };
  void pass();
  const stop = () => {
    passes = false;
  };
  return {
    stop,
    end: () => {
      stop();
      vi.useRealTimers();
    },
  };
}
