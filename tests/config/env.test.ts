import { describe, expect, test } from 'vitest';
import { describeEnv, readEnv } from '#config/env.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('what nothing says', () => {
  test('is a shop on this machine, over mocks of every upstream', () => {
    const env = readEnv({});
    expect(env).toMatchObject({ port: 3000, host: '127.0.0.1', publicUrl: 'http://localhost:3000', mocksPort: 4000 });
    expect(env).toMatchObject({ trustedProxies: 0, dataDir: '.data', logLevel: 'info', dev: false });
    expect(Object.keys(env.upstreams)).toEqual([...UPSTREAMS]);
    expect(env.upstreams.catalog).toEqual({ url: 'http://127.0.0.1:4000/catalog/', mocked: true, origin: 'default' });
  });

  test('is what an empty value says too', () => {
    expect(readEnv({ PORT: '', CATALOG_URL: '', MOCKS: '' })).toEqual(readEnv({}));
  });

  test('follows PORT and MOCKS_PORT', () => {
    const env = readEnv({ PORT: '8080', MOCKS_PORT: '4100' });
    expect(env.publicUrl).toBe('http://localhost:8080');
    expect(env.upstreams.content.url).toBe('http://127.0.0.1:4100/content/');
  });
});

describe('what is wrong', () => {
  test('is reported at once, all of it, each with an example', () => {
    const wrong = {
      PORT: '70000',
      PUBLIC_URL: 'shop',
      MOCKS: 'rewiews',
      CATALOG_URL: 'ftp://x',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: '-1',
    };
    const { message } = refusal(wrong);
    for (const [name, value] of Object.entries(wrong))
      expect(message).toMatch(new RegExp(`${name}=${value} is not .+Example: ${name}=`));
    expect(message).toContain('6 variables are not right');
  });

  test('shows no password', () => {
    expect(refusal({ CATALOG_URL: 'https://me:hunter2@catalog.internal' }).message).not.toContain('hunter2');
  });

  test.each([
    ['PORT', '0'],
    ['PORT', '3000x'],
    ['PUBLIC_URL', 'https://shop.example.com/shop'],
    ['PUBLIC_URL', 'javascript:1'],
    ['CATALOG_URL', 'https://x/?a=1'],
    ['HOST', 'a b'],
    ['NODE_ENV', 'staging'],
    ['MOCKS', 'on,off'],
    ['RATE_LIMIT_READS', 'on'],
    ['RATE_LIMIT_READS', '0/1m'],
    ['RATE_LIMIT_WRITES', '60'],
    ['RATE_LIMIT_WRITES', '60/m'],
    ['RATE_LIMIT_WRITES', '60/0s'],
    ['RATE_LIMIT_LOGINS', '10/25h'],
    ['RATE_LIMIT_LOGINS', '-1/1m'],
  ])('%s=%s is refused', (name, value) => expect(refusal({ [name]: value }).message).toContain(`${name}=`));

  test('is one port for two servers', () => {
    expect(refusal({ PORT: '4000' }).message).toContain('MOCKS_PORT is 4000, and so is PORT');
    expect(readEnv({ PORT: '4000', ...LIVE }).port).toBe(4000);
  });

  test('is no example of ours', () => {
    for (const { name, example } of describeEnv) {
      const others: Record<string, string> =
        name === 'SHIPPING_URL' || name === 'PAYMENTS_URL'
          ? { SHIPPING_KEY: 'key', STRIPE_SECRET_KEY: 'sk_key' }
          : name === 'CDN'
            ? { CDN_ID: 'sv1', CDN_TOKEN: 'a-token-of-ours' }
            : name === 'PUBLIC_URL'
              ? { ...LIVE, ...SECRETS }
              : name.startsWith('IDENTITY_') || name === 'STATE_URL'
                ? SECRETS
                : {};
      expect(() =>
        readEnv({
          ...others,
          ...(name === 'MOCKS' && { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS, REVIEWS_URL: '', CONTENT_URL: '' }),
          [name]: example,
        }),
      ).not.toThrow();
    }
  });
});
