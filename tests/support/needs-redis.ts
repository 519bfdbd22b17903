import { beforeEach, expect } from 'vitest';
import { redisMissing } from './redis.ts';

/** Skips the tests of a file where there is no Redis, and says why; in CI they fail instead. */
export function needsRedis(): void {
  beforeEach((context) => {
    if (process.env.CI) expect(redisMissing, 'CI has a Redis').toBeUndefined();
    context.skip(redisMissing !== undefined, redisMissing);
  });
}
