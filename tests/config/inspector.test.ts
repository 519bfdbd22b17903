import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('the inspector', () => {
  const live = { ...LIVE, ...SECRETS, PUBLIC_URL: REMOTE };

  test('is on where no other can look, and off elsewhere', () => {
    expect(readEnv({}).inspector).toEqual({ on: true, token: undefined });
    expect(readEnv({ INSPECTOR: 'off' }).inspector.on).toBe(false);
    expect(readEnv(live).inspector).toEqual({ on: false, token: undefined });
  });

  test('needs a token where others are, and a long one', () => {
    expect(refusal({ ...live, INSPECTOR: 'on' }).message).toContain('INSPECTOR_TOKEN is not set');
    expect(refusal({ INSPECTOR_TOKEN: 'short' }).message).toContain('INSPECTOR_TOKEN=… is not a secret of 24');
    const token = 'a-long-random-text-of-a-test';
    expect(readEnv({ ...live, INSPECTOR: 'on', INSPECTOR_TOKEN: token }).inspector).toEqual({ on: true, token });
  });
});
