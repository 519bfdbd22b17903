import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('an upstream over plain http', () => {
  const remote = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };

  test.each([
    ['ORDERS_URL', 'http://orders.internal/', 'orders'],
    ['CATALOG_URL', 'http://10.0.0.7:8080/', 'catalog'],
    ['SHIPPING_URL', 'http://127.0.0.1.nip.io/', 'shipping'],
  ])('is refused where others reach us, unless the way is declared as ours: %s=%s', (name, url, upstream) => {
    expect(refusal({ ...remote, [name]: url }).message).toContain(`${name} is ${url}`);
    expect(refusal({ ...remote, [name]: url, PLAIN_HTTP: 'support' }).message).toContain(`PLAIN_HTTP=${upstream}`);
    expect(readEnv({ ...remote, [name]: url, PLAIN_HTTP: `support,${upstream}` })).toBeDefined();
    expect(readEnv({ [name]: url, SHIPPING_KEY: 'key' })).toBeDefined();
  });

  test('of this machine is for no other', () => {
    expect(readEnv({ ...remote, ORDERS_URL: 'http://127.0.0.1:8080/' })).toBeDefined();
  });
});
