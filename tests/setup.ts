import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type Line, METHODS, takeExpected } from './console.ts';

// A rejection or an exception that nobody handles fails the run by Vitest's own rule.
let printed: Line[] = [];

beforeEach(() => {
  printed = [];
  takeExpected();
  for (const method of METHODS) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      printed.push({
        method,
        text: words.map((word) => (word instanceof Error ? word.stack : String(word))).join(' '),
      });
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  const expected = takeExpected();
  const meets = (line: Line) => expected.some(({ method, text }) => method === line.method && text.test(line.text));
  const surprises = printed.filter((line) => !meets(line)).map(({ method, text }) => `console.${method}: ${text}`);
  const absent = expected.filter(
    ({ method, text }) => !printed.some((line) => line.method === method && text.test(line.text)),
  );
  expect(surprises, 'printed, but not expected').toEqual([]);
  expect(
    absent.map(({ method, text }) => `console.${method}: ${text}`),
    'expected, but not printed',
  ).toEqual([]);
});
