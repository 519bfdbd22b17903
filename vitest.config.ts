import { defineConfig } from 'vitest/config';

/** As in tests/support/patience.ts: when a test is taken for hung, in milliseconds. */
const PATIENCE = 120_000;
const HOSTS = 'tests/hosts/**/*.test.ts';
const BROWSER = 'tests/e2e/**/*.test.ts';
// Each brings hosts, mocks and a browser of its own: more of them than cores would only wait for one another.
const SECOND = { maxWorkers: 2, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    // Loading everything anew for each file took a third of the whole.
    isolate: false,
    setupFiles: ['tests/setup.ts'],
    // For what hangs: longer than anything in it waits, and no verdict on how fast a machine is.
    testTimeout: 3 * PATIENCE,
    hookTimeout: 3 * PATIENCE,
    expect: { poll: { timeout: PATIENCE, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: [HOSTS, BROWSER, 'tests/bench/**'],
          // A browser takes whole cores: none runs beside it.
          maxWorkers: 3,
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
        test: { name: 'hosts', include: [HOSTS], globalSetup: ['tests/support/scratch.ts'], ...SECOND },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [BROWSER],
          globalSetup: ['tests/support/scratch.ts', 'tests/e2e/one-browser.ts'],
          ...SECOND,
        },
      },
    ],
  },
});
