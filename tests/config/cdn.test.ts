import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';

describe('CDN', () => {
  const all = { CDN: 'fastly', CDN_ID: 'sv1', CDN_TOKEN: 'a-token-of-ours' } as const;

  test('is none, or one with all that a purge needs', () => {
    expect(readEnv({}).cdn).toBeUndefined();
    expect(readEnv(all).cdn).toEqual({
      name: 'fastly',
      id: 'sv1',
      token: 'a-token-of-ours',
      apiUrl: 'https://api.fastly.com/',
    });
    expect(readEnv({ ...all, CDN: 'cloudflare', CDN_API_URL: 'https://egress.test/v4' }).cdn?.apiUrl).toBe(
      'https://egress.test/v4/',
    );
  });

  test.each([
    [{ CDN: 'akamai' }, /CDN=akamai is not fastly or cloudflare/],
    [{ CDN: 'fastly', CDN_ID: 'sv1' }, /CDN is fastly, and CDN_TOKEN is not set/],
    [{ CDN: 'fastly' }, /CDN is fastly, and CDN_ID and CDN_TOKEN are not set/],
    [{ ...all, CDN_API_URL: 'http://egress.test/' }, /CDN_API_URL is http:.* needs https/],
    [{ ...all, CDN_ID: '../other' }, /CDN_ID=/],
  ])('%o is complained of', (source, complaint) => {
    expect(() => readEnv(source)).toThrow(complaint);
  });
});
