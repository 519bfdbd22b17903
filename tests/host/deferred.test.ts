import { beforeEach, expect, test, vi } from 'vitest';
import { Deferred } from '#host/process/deferred.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return () => void vi.useRealTimers();
});

/** Work that ends when the test says so. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, end: resolve, fail: () => reject(new Error('no')) };
}

function waiting(deferred: Deferred) {
  const seen = { isOver: false };
  void deferred.ended(20_000).then(() => {
    seen.isOver = true;
  });
  return seen;
}

const rest = () => vi.advanceTimersByTimeAsync(0);

test('what is deferred is waited for, and what it defers in turn, however it ends', async () => {
  const deferred = new Deferred();
  const [one, two] = [work(), work()];
  deferred.add(one.promise);
  const wait = waiting(deferred);
  deferred.add(two.promise);
  one.fail();
  await rest();
  expect(wait.isOver).toBe(false);
  two.end();
  await rest();
  expect(wait.isOver).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('nothing to wait for is no wait', async () => {
  const deferred = new Deferred();
  const one = work();
  deferred.add(one.promise);
  one.end();
  await rest();
  const wait = waiting(deferred);
  await rest();
  expect(wait.isOver).toBe(true);
});

test('what does not end is waited for so long, and no longer', async () => {
  const deferred = new Deferred();
  deferred.add(work().promise);
  const wait = waiting(deferred);
  await vi.advanceTimersByTimeAsync(19_999);
  expect(wait.isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(wait.isOver).toBe(true);
});
