import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { request } from 'undici';
import { vi } from 'vitest';

/** In each millisecond of the real clock twenty pass, in steps between which the sockets of this process are read. */
const STEPS = 4;
const STEP_MS = 5;
const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] as const;

export interface VirtualTime {
  /** From here on it passes by `vi.advanceTimersByTime` alone. */
  stop(): void;
  /** The real clock is back. */
  end(): void;
}

/**
 * Time that passes twenty times as fast, for what waits for seconds. It passes by turns of the event loop: a process that
 * gets nothing of the machine loses nothing by it. What reads the clock is to be made after it; `until` waits by the real
 * one.
 */
export async function startVirtualTime(): Promise<VirtualTime> {
  // Undici keeps the first timer that it makes for good, so that is made of the real clock.
  await request('http://127.0.0.1:1').catch(() => undefined);
  vi.useFakeTimers({ toFake: [...FAKED] });
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
