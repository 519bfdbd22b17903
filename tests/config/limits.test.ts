import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';

describe('rate limits', () => {
  test('hold where nothing says so', () => {
    expect(readEnv({}).rateLimits).toEqual({
      reads: { quota: 600, seconds: 60 },
      writes: { quota: 60, seconds: 60 },
      logins: { quota: 20, seconds: 300 },
    });
  });

  test('are requests in a time, or off, each by itself', () => {
    const set = { RATE_LIMIT_READS: 'off', RATE_LIMIT_WRITES: '3/2s', RATE_LIMIT_LOGINS: '7/24h' };
    expect(readEnv(set).rateLimits).toEqual({
      writes: { quota: 3, seconds: 2 },
      logins: { quota: 7, seconds: 86_400 },
    });
  });
});
