import { afterEach, expect, test, vi } from 'vitest';
import { WorkerCounter } from '#host/workers/limits.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a worker whose count is not answered waits as long as an instance does, and then counts its share by itself', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const asked: unknown[] = [];
  const { send } = process;
  process.send = (message: unknown) => asked.push(message) > 0;
  const counter = new WorkerCounter('reads 60/600', { quota: 60, seconds: 600 }, { workers: 3, patience: 250 });
  let told: number | undefined;
  void counter.count('ada').then(({ left }) => {
    told = left;
  });
  Object.assign(process, { send });
  await vi.advanceTimersByTimeAsync(249);
  expect([told, asked.length]).toEqual([undefined, 1]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toBe(19);
});
