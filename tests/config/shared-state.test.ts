import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { refusal, SECRETS } from '#tests/support/environment.ts';

describe('the state', () => {
  const STATE_URL = 'postgres://tributary:geheim@db.internal/tributary';

  test('is a file where nothing says so', () => expect(readEnv({}).sharedState).toBeUndefined());

  test('in a database has limits that go with the deadlines', () => {
    const { sharedState } = readEnv({ STATE_URL, STATE_KEYS: SECRETS.STATE_KEYS });
    const limits = { connections: 10, connectTimeout: 800, statementTimeout: 1_000, instances: 1 };
    expect(sharedState).toEqual({ url: STATE_URL, ...limits });
    const set = {
      STATE_CONNECTIONS: '3',
      STATE_CONNECT_TIMEOUT: '200',
      STATE_STATEMENT_TIMEOUT: '300',
      INSTANCES: '4',
    };
    expect(readEnv({ STATE_URL, STATE_KEYS: SECRETS.STATE_KEYS, ...set, DEADLINE_SCALE: '5' }).sharedState).toEqual({
      url: STATE_URL,
      connections: 3,
      connectTimeout: 1_000,
      statementTimeout: 1_500,
      instances: 4,
    });
  });

  test('in a database needs keys that all instances have, on this machine too', () => {
    expect(refusal({ STATE_URL }).message).toMatch(
      /STATE_KEYS is not set, and STATE_URL is: all instances need the same/,
    );
  });

  test.each([
    'mysql://db/tributary',
    'postgres://db',
    'postgres:///tributary',
    'postgres://db/tributary?password=geheim',
    'tributary',
  ])('is not at %s', (url) => {
    expect(refusal({ STATE_URL: url, STATE_KEYS: SECRETS.STATE_KEYS }).message).toMatch(/is not a postgres:\/\/ URL/);
  });

  test('never shows its password', () => {
    expect(
      refusal({ STATE_URL: 'postgres:/tributary:geheim@db/x?password=geheim', STATE_CONNECTIONS: '0' }).message,
    ).not.toMatch(/geheim/);
  });
});

describe('the cache that instances share', () => {
  test('is none', () => expect(readEnv({}).cacheUrl).toBeUndefined());

  test.each(['redis://cache.internal', 'rediss://shop:a%40b@cache.internal:6380/2', 'redis://:word@[::1]:6379/'])(
    'is %s',
    (CACHE_URL) => expect(readEnv({ CACHE_URL }).cacheUrl).toBe(CACHE_URL),
  );

  test.each([
    'cache.internal:6379',
    'http://cache.internal',
    'redis://',
    'redis:///2',
    'redis://cache.internal/two',
    'redis://cache.internal/?a=b',
    'redis://cache.internal#0',
    'unix:///run/redis.sock',
  ])('is not %s', (CACHE_URL) => {
    expect(() => readEnv({ CACHE_URL })).toThrow(/CACHE_URL=.* is not redis\[s\]:/);
  });

  test('is complained of without its password', () => {
    const { message } = refusal({ CACHE_URL: 'redis://shop:a-password@cache.internal/two' });
    expect(message).toContain('CACHE_URL=…@cache.internal/two');
    expect(message).not.toContain('shop:a-password@cache.internal/two');
  });
});
