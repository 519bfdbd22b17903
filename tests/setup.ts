// As the hosts do: what is tested is the compiled form of a schema.
import 'zod/compile';
import { afterEach, beforeEach, expect, vi } from 'vitest';

// In a worker that keeps its modules each engine has a log, and each log writes its last lines at the exit.
process.setMaxListeners(100);

const METHODS = ['debug', 'log', 'info', 'warn', 'error'] as const;
let printed: string[] = [];

/** What is printed in a test fails it. A rejection that nobody handles fails the run by Vitest's own rule. */
beforeEach(() => {
  printed = [];
  for (const method of METHODS) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      printed.push(
        `console.${method}: ${words.map((word) => (word instanceof Error ? word.stack : String(word))).join(' ')}`,
      );
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(printed, 'printed, but not expected').toEqual([]);
});
