import { defineConfig } from 'vitest/config';

/** As in tests/support/patience.ts: when a test is taken for hung, in milliseconds. */
const TIMEOUT_MS = 120_000;
const HOSTS = 'tests/hosts/**/*.test.ts';
const BROWSER = 'tests/e2e/**/*.test.ts';
/** Files of `npm run test:long` alone. */
const LONG = 'tests/**/*.long.test.ts';
/** Much of what hosts do is waiting for what comes: a third worker takes the cores meanwhile. */
const WORKERS = 3;

export default defineConfig(({ mode }) => {
  const leftOut = mode === 'long' ? [] : [LONG];
  return {
    test: {
      // Loading everything anew for each file took a third of the time.
      isolate: false,
      setupFiles: ['tests/setup.ts'],
      // For what hangs: longer than anything in it waits, and no verdict on how fast a machine is.
      testTimeout: 3 * TIMEOUT_MS,
      hookTimeout: 3 * TIMEOUT_MS,
      expect: { poll: { timeout: TIMEOUT_MS, interval: 20 } },
      projects: [
        {
          extends: true,
          test: {
            name: 'unit',
            include: ['tests/**/*.test.ts'],
            exclude: [HOSTS, BROWSER, 'tests/bench/**', ...leftOut],
            globalSetup: ['tests/support/scratch.ts'],
            maxWorkers: WORKERS,
          },
        },
        {
          extends: true,
          test: {
            name: 'types',
            include: [],
            typecheck: { enabled: true, only: true, checker: 'tsc', include: ['tests/types/*.test-d.ts'] },
          },
        },
        {
          extends: true,
          test: {
            name: 'hosts',
            include: [HOSTS],
            exclude: leftOut,
            globalSetup: ['tests/support/scratch.ts'],
            maxWorkers: WORKERS,
            sequence: { groupOrder: 1 },
          },
        },
        {
          extends: true,
          test: {
            name: 'e2e',
            include: [BROWSER],
            exclude: leftOut,
            globalSetup: ['tests/support/scratch.ts', 'tests/e2e/one-browser.ts'],
            // A browser takes whole cores: none runs beside the hosts, and few beside one another.
            maxWorkers: 2,
            sequence: { groupOrder: 2 },
          },
        },
      ],
    },
  };
});
