import { expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import type { CredentialSpecs } from '#config/upstreams/credentials.ts';

const SPECS: CredentialSpecs = {
  catalog: { token: { scope: 'read', audience: 'urn:catalog' } },
  pricing: { key: { header: 'x-api-key' } },
};
const CATALOG = {
  CATALOG_URL: 'https://catalog.internal',
  CATALOG_TOKEN_URL: 'https://login.example.com/token',
  CATALOG_CLIENT_ID: 'shop',
  CATALOG_CLIENT_SECRET: 'a secret of our own'.replaceAll(' ', '-'),
};

const read = (source: Record<string, string>) => readEnv(source, SPECS).upstreams;
function refusal(source: Record<string, string>): string {
  try {
    read(source);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the environment was taken');
}

test('a mock asks for nothing', () => {
  const { catalog, pricing } = read({});
  expect([catalog.credential, pricing.credential]).toEqual([{}, {}]);
});

test('what an upstream asks for is read by its name', () => {
  const { catalog, pricing } = read({ ...CATALOG, PRICING_URL: 'https://p.internal', PRICING_KEY: 'k-1' });
  expect(pricing.credential).toEqual({ field: ['x-api-key', 'k-1'] });
  expect(catalog.credential?.token).toMatchObject({
    url: 'https://login.example.com/token',
    clientId: 'shop',
    scope: 'read',
    audience: 'urn:catalog',
  });
});

test('what is not set is reported all at once, without an example that would be copied', () => {
  const message = refusal({ CATALOG_URL: 'https://catalog.internal', PRICING_URL: 'https://p.internal' });
  for (const name of ['PRICING_KEY', 'CATALOG_TOKEN_URL', 'CATALOG_CLIENT_ID', 'CATALOG_CLIENT_SECRET'])
    expect(message).toContain(`${name} is not set, and ${name.split('_')[0]}_URL is live.`);
  expect(message).not.toContain('a-secret-key');
});

test.each([
  [
    'a token endpoint that others can listen to',
    { CATALOG_TOKEN_URL: 'http://login.example.com/' },
    /CATALOG_TOKEN_URL.*needs https/,
  ],
  [
    'a token endpoint with a password in it',
    { CATALOG_TOKEN_URL: 'https://me:pw@login.test/' },
    /CATALOG_TOKEN_URL=https:\/\/…@/,
  ],
  [
    'a key file that is not there',
    { CATALOG_CLIENT_KEY_FILE: '/nowhere.pem' },
    /CATALOG_CLIENT_KEY_FILE=\/nowhere\.pem is not a file/,
  ],
  ['a secret and a key', { CATALOG_CLIENT_KEY_FILE: 'package.json' }, /are both set/],
] as const)('%s is refused', (_, more, words) => {
  const message = refusal({ ...CATALOG, ...more });
  expect(message).toMatch(words);
  expect(message).not.toContain(CATALOG.CATALOG_CLIENT_SECRET);
});

test('a secret of the documentation is refused where others reach us', () => {
  const message = refusal({
    ...CATALOG,
    CATALOG_CLIENT_SECRET: 'a-long-random-text',
    PUBLIC_URL: 'https://shop.example.com',
  });
  expect(message).toContain('CATALOG_CLIENT_SECRET is the example, which everybody knows');
});
