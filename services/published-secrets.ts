import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';

/** What stands in for a secret where the mocks are its other side. */
export const MOCK_SECRETS = {
  shipping: 'mock',
  payments: 'sk_test_mock',
  identity: 'only-for-the-mock-provider-on-loopback',
} as const;
const KNOWN: readonly string[] = [DEVELOPMENT_SECRET, ...Object.values(MOCK_SECRETS)];

/**
 * What everybody knows a secret as: the example of its variable, what the mocks take, or a key of nothing but zeros (one
 * letter over and over, as text). Of several each counts. Undefined where it is nobody's but its owner's.
 */
export function publishedAs(example: string, value: string): string | undefined {
  const examples = parts(example);
  const all = parts(value);
  if (all.some((one) => KNOWN.includes(one))) return 'the mocks’';
  if (all.some((one) => examples.includes(one))) return 'the example';
  return all.some(isMonotone) ? 'one letter over and over' : undefined;
}

const parts = (text: string) => text.split(',').map((one) => one.trim());
const LEAST = 8;

/** One letter over and over, with or without the padding of base64. */
function isMonotone(secret: string): boolean {
  const [letters = '', ...padding] = secret.replace(/^whsec_/, '').split('=');
  return letters.length >= LEAST && new Set(letters).size === 1 && padding.join('') === '';
}
