import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { CREDENTIALS } from '../upstreams/credentials.ts';
import { isSet, type Source, type Variables } from '../variable.ts';
import { exampleOf, isSecret } from './secrets.ts';

/** The secret of our client at the mock provider. */
export const MOCK_CLIENT_SECRET = 'only-for-the-mock-provider-on-loopback';
const MOCK_KEYS = Object.values(CREDENTIALS).flatMap(({ key }) => key?.mock ?? []);
/** Without the padding of base64, which does not change the key. */
const parts = (text: string) => text.split(',').map((one) => one.trim().replace(/={1,2}$/, ''));
const PUBLISHED = [DEVELOPMENT_SECRET, MOCK_CLIENT_SECRET, ...MOCK_KEYS].flatMap(parts);

/** Secrets from our documentation are public. An empty value counts as not set. */
export function published(source: Source, publicUrl: string, variables: Variables): ConfigIssue[] {
  const secrets = Object.entries(variables).filter(([name]) => isSecret(name) && isSet(source, name));
  return secrets.flatMap(([name, { example }]) => {
    const what = publishedAs(example, source[name] ?? '');
    return what === undefined
      ? []
      : [`${name} is ${what}, which everybody knows, and PUBLIC_URL is ${publicUrl}. ${exampleOf(name, variables)}`];
  });
}

/**
 * Why a secret counts as published: it is the example of its variable, what the mocks take, or one repeated byte (as
 * text, hex or base64). Of several secrets each is checked. Undefined if it is not published.
 */
function publishedAs(example: string, value: string): string | undefined {
  const examples = parts(example);
  const all = parts(value);
  if (all.some((one) => PUBLISHED.includes(one))) return 'the mocks’';
  if (all.some((one) => examples.includes(one))) return 'the example';
  return all.some(isMonotone) ? 'one letter or byte over and over' : undefined;
}

/** Shorter than this, a letter over and over may be chance. */
const LEAST = 8;

/** One letter over and over, or one byte, in any writing of bytes that a secret may be in. */
function isMonotone(secret: string): boolean {
  return writings(secret).some(
    (letters) => letters.length >= LEAST && [letters, ...decodings(letters)].some(isOneOnly),
  );
}

/** The secret, and without what may stand before or in it: `whsec_`, `sk_live_`, `base64:`, `v1.`, `0x`, `00:00:`. */
const writings = (secret: string): string[] => [
  secret,
  secret.replaceAll(':', ''),
  ...[...secret.matchAll(/0x|[:._]/gi)].map(({ 0: mark, index }) => secret.slice(index + mark.length)),
];

const isOneOnly = (signs: Iterable<string | number>) => new Set(signs).size === 1;

function decodings(letters: string): Buffer[] {
  const found: Buffer[] = [];
  if (/^[\da-f]+$/i.test(letters) && letters.length % 2 === 0) found.push(Buffer.from(letters, 'hex'));
  // Of `base64`, Node reads both alphabets.
  if (/^[\w+/-]+$/.test(letters)) found.push(Buffer.from(letters, 'base64'));
  return found;
}
