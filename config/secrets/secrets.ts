import type { Variables } from '../variable.ts';

/** Whether a variable's value is a secret. */
export const isSecret = (name: string): boolean =>
  /_(?:KEYS?|SECRETS?|TOKENS?|PASSWORD)$/.test(name) && name !== 'BAGGAGE_KEYS';

/** Header fields hold keys. */
const holdsSecrets = (name: string) => isSecret(name) || name.endsWith('_HEADERS');

/** A value as it may be shown: `hidden` in the place of a secret, and URLs without their passwords. */
export function withoutSecrets(name: string, value: string, hidden: string): string {
  if (holdsSecrets(name)) return hidden;
  // Its password, wherever a typing error has moved that to.
  if (name === 'STATE_URL' || name === 'CACHE_URL')
    return value.replace(/^.*@/s, '…@').replace(/password=[^&]*/gi, 'password=…');
  return value.replace(/\/\/[^/\s]*@/g, '//…@');
}

/** A wrong value as it may be printed: short, and without a secret or the password of a URL. */
export const shown = (name: string, value: string): string => withoutSecrets(name, value, '…').slice(0, 80);

/** A secret's example is never printed: it would be copied. Those that are ours to make say how. */
export function exampleOf(name: string, variables: Variables): string {
  if (!isSecret(name)) return `Example: ${name}=${variables[name]?.example}`;
  const ours = name === 'STATE_KEYS' || name === 'INSPECTOR_TOKEN';
  return `Example: ${name}=${ours ? '$(node -p "crypto.randomBytes(32).toString(\'base64url\')")' : '<your own, as its other side gave it to you>'}`;
}
