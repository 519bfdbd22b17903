import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';

/** What stands in for a secret where the mocks are its other side. */
export const MOCK_SECRETS = {
  shipping: 'mock',
  payments: 'sk_test_mock',
  identity: 'only-for-the-mock-provider-on-loopback',
} as const;
/** Without the padding of base64, which does not change the key. */
const parts = (text: string) => text.split(',').map((one) => one.trim().replace(/={1,2}$/, ''));
const PUBLISHED = [DEVELOPMENT_SECRET, ...Object.values(MOCK_SECRETS)].flatMap(parts);

/**
 * Why a secret counts as published: it is the example of its variable, what the mocks take, or one repeated byte (as
 * text: one repeated letter). Of several secrets each is checked. Undefined if it is not published.
 */
export function publishedAs(example: string, value: string): string | undefined {
  const examples = parts(example);
  const all = parts(value);
  if (all.some((one) => PUBLISHED.includes(one))) return 'the mocks’';
  if (all.some((one) => examples.includes(one))) return 'the example';
  return all.some(isMonotone) ? 'one letter over and over' : undefined;
}

const LEAST = 8;

/** One letter over and over. */
function isMonotone(secret: string): boolean {
  const letters = secret.replace(/^whsec_/, '');
  return letters.length >= LEAST && new Set(letters).size === 1;
}
