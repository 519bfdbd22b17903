import { defineConfig } from 'vitest/config';

const HOSTS = 'tests/hosts/**/*.test.ts';
const BROWSER = 'tests/e2e/**/*.test.ts';
const PATIENT = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Many wait more than they work, so there is one more than the cores that it is meant for.
    maxWorkers: 3,
    setupFiles: ['tests/setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: [HOSTS, BROWSER, 'tests/bench/**'],
          testTimeout: 20_000,
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
      { extends: true, test: { name: 'e2e', include: [BROWSER], ...PATIENT } },
    ],
  },
});
