import { defineConfig } from 'vitest/config';

const HOSTS = 'tests/hosts/**/*.test.ts';
const BROWSER = 'tests/e2e/**/*.test.ts';
// They wait more than they work, so there is one more at a time than the cores that it is meant for.
const PATIENT = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 3, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    // Loading everything anew for each file took a third of the whole.
    isolate: false,
    setupFiles: ['tests/setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: [HOSTS, BROWSER, 'tests/bench/**'],
          testTimeout: 20_000,
          // Its deadlines are those of production, so no browser runs beside it.
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
      { extends: true, test: { name: 'hosts', include: [HOSTS], ...PATIENT } },
      {
        extends: true,
        test: { name: 'e2e', include: [BROWSER], globalSetup: ['tests/e2e/one-browser.ts'], ...PATIENT },
      },
    ],
  },
});
