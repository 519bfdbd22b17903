import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { LIVE, REMOTE, SECRETS } from '#tests/support/environment.ts';

describe('the notice before a server drains', () => {
  test.each([
    [{}, 0],
    [{ DRAIN_NOTICE: '12' }, 12],
    [{ DRAIN_NOTICE: '0' }, 0],
  ])('is of this machine %j: %i s', (given, seconds) => {
    expect(readEnv(given).drainNotice).toBe(seconds);
  });

  test('is long enough for a balancer to see it where others are sent here', () => {
    const live = { ...LIVE, ...SECRETS, PUBLIC_URL: REMOTE };
    expect(readEnv(live).drainNotice).toBe(7);
    expect(readEnv({ ...live, DRAIN_NOTICE: '0' }).drainNotice).toBe(0);
  });

  test.each(['-1', '61', '3s', '1.5', 'long'])('is not %s', (DRAIN_NOTICE) => {
    expect(() => readEnv({ DRAIN_NOTICE })).toThrow(/DRAIN_NOTICE=.* is not a whole number of seconds from 0 to 60/);
  });
});
