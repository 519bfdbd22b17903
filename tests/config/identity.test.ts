import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('identity', () => {
  test.each([
    ['https://login.example.com shop', 'IDENTITY_URL already'],
    ['https://login.example.com/', 'IDENTITY_URL already'],
    ['https://LOGIN.example.com:443 shop', 'IDENTITY_URL already'],
    ['https://a.example shop,https://b.example,https://a.example', 'twice'],
    ['https://a.example/ shop,https://a.example other', 'twice'],
  ])('an issuer that is named twice is refused: %s', (TRUSTED_ISSUERS, why) => {
    const own = { IDENTITY_URL: 'https://login.example.com', IDENTITY_CLIENT_ID: 'a', IDENTITY_CLIENT_SECRET: 'b' };
    expect(refusal({ ...own, TRUSTED_ISSUERS }).message).toContain(why);
    expect(readEnv({ ...own, TRUSTED_ISSUERS: 'https://login.example.com/tenant,https://c.example' })).toBeDefined();
  });

  test.each(['PUBLIC_URL', 'IDENTITY_URL'])('%s is https, but on this machine', (name) => {
    const all = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };
    expect(refusal({ ...all, [name]: 'http://shop.example.com' }).message).toContain(
      `${name} is http://shop.example.com`,
    );
    expect(refusal({ ...all, TRUSTED_ISSUERS: 'http://issuer.example.com shop' }).message).toContain('needs https');
  });
});
