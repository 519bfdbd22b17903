import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('upstreams', () => {
  test('are live where their URL is set, which gets its slash', () => {
    const { upstreams } = readEnv({ CATALOG_URL: 'https://catalog.internal/v1' });
    expect(upstreams.catalog).toEqual({ url: 'https://catalog.internal/v1/', mocked: false, origin: 'env' });
    expect(upstreams.pricing.mocked).toBe(true);
  });

  test.each([
    'http://localhost:3000',
    'http://127.0.0.1:80',
    'http://127.9.9.9',
    'http://[::1]:3000',
    'http://shop.localhost',
  ])('are mocked by default where PUBLIC_URL is %s', (PUBLIC_URL) =>
    expect(readEnv({ PUBLIC_URL }).upstreams.catalog.mocked).toBe(true),
  );

  test.each([REMOTE, 'https://10.0.0.1', 'https://localhost.example.com', 'https://127.0.0.1.nip.io'])(
    'are never mocked by default where PUBLIC_URL is %s',
    (PUBLIC_URL) => {
      const { kind, message } = refusal({ PUBLIC_URL, CATALOG_URL: 'https://catalog.internal' });
      expect(kind).toBe('env');
      for (const name of UPSTREAMS.slice(1)) expect(message).toContain(`${name.toUpperCase()}_URL is not set`);
      expect(message).not.toContain('CATALOG_URL is');
      for (const name of ['IDENTITY_URL', 'IDENTITY_CLIENT_ID', 'IDENTITY_CLIENT_SECRET', 'STATE_KEYS'])
        expect(message).toContain(`${name} is not set`);
      expect(readEnv({ PUBLIC_URL, ...LIVE, ...SECRETS }).upstreams.content.mocked).toBe(false);
    },
  );

  test('are mocked elsewhere where MOCKS says so', () => {
    expect(readEnv({ PUBLIC_URL: REMOTE, MOCKS: 'on', ...SECRETS }).upstreams.catalog.mocked).toBe(true);
    const { REVIEWS_URL: _, CONTENT_URL: __, ...rest } = LIVE;
    const { upstreams } = readEnv({ PUBLIC_URL: REMOTE, MOCKS: 'reviews, content', ...rest, ...SECRETS });
    expect(UPSTREAMS.filter((name) => upstreams[name].mocked)).toEqual(['reviews', 'content']);
  });

  test('need a URL on this machine too where MOCKS is off or names others', () => {
    expect(refusal({ MOCKS: 'off' }).message).toContain('CATALOG_URL is not set');
    expect(refusal({ MOCKS: 'catalog' }).message).not.toContain('CATALOG_URL');
  });

  test('are not both named by MOCKS and live', () => {
    expect(refusal({ ...LIVE, MOCKS: 'reviews' }).message).toContain('MOCKS names reviews, but REVIEWS_URL is set');
  });
});
