import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bufferedLines } from '#host/process/output.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A reader that takes what comes, or nothing until it is let. */
function reader(takes: boolean) {
  const seen: string[] = [];
  let next: (() => void) | undefined;
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      seen.push(chunk);
      if (takes) done();
      else next = done;
    },
  });
  const startGuestSession = () => {
    takes = true;
    next?.();
  };
  return { stream, seen, startGuestSession };
}

test('lines go out together: after a second, or when there are many', () => {
  const { stream, seen } = reader(true);
  const lines = bufferedLines(stream);
  lines.write('one\n');
  lines.write('two\n');
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual(['one\ntwo\n']);
  lines.write(`${'x'.repeat(5_000)}\n`);
  expect(seen).toHaveLength(2);
  vi.advanceTimersByTime(10_000);
  expect(seen).toHaveLength(2);
});

test('a reader that takes nothing costs a bounded memory, and hears what it has missed', async () => {
  const { stream, seen, startGuestSession } = reader(false);
  const lines = bufferedLines(stream);
  const line = `${'x'.repeat(999)}\n`;
  for (let n = 0; n < 10_000; n++) lines.write(line);
  expect(stream.writableLength).toBeLessThan(1_100_000);
  const kept = stream.writableLength / line.length;
  startGuestSession();
  await vi.waitFor(() => expect(stream.writableLength).toBe(0));
  lines.write('at last\n');
  lines.flush();
  const [told, last] = seen.at(-1)?.split('\n') ?? [];
  expect(JSON.parse(told ?? '')).toMatchObject({ level: 40, dropped: 10_000 - kept });
  expect(last).toBe('at last');
});
