import { hash } from 'node:crypto';
import { type EnvError, readEnv } from '#config/env.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';

/** A PUBLIC_URL that is not this machine. */
export const REMOTE = 'https://shop.example.com';

/** A key as a person would make one, but the same each time. */
export const keyOf = (text: string): string => hash('sha256', text, 'base64url');

/** What is needed where others reach us. */
export const SECRETS = {
  IDENTITY_URL: 'https://login.example.com',
  IDENTITY_CLIENT_ID: 'shop',
  IDENTITY_CLIENT_SECRET: 'secret',
  STATE_KEYS: keyOf('a test’s own'),
};

/** All upstreams at addresses of their own. */
export const LIVE: Record<string, string> = {
  ...Object.fromEntries(UPSTREAMS.map((name) => [`${name.toUpperCase()}_URL`, `https://${name}.internal`])),
  SHIPPING_KEY: 'key',
  STRIPE_SECRET_KEY: 'sk_key',
};

/** What is said of an environment that is refused; throws where it is taken. */
export function refusal(source: Record<string, string>): EnvError {
  try {
    readEnv(source);
  } catch (error) {
    return error as EnvError;
  }
  throw new Error('the environment was taken');
}
