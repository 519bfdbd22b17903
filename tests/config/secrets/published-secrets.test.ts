import { describe, expect, test } from 'vitest';
import { describeEnv, readEnv } from '#config/env.ts';
import { isSecret } from '#config/secrets/secrets.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { keyOf, LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('a secret that everybody knows', () => {
  const remote = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };
  const secrets = describeEnv.filter(({ name }) => isSecret(name));
  const own = (name: string) => {
    if (name === 'STATE_KEYS') return keyOf('another');
    return `whsec_${Buffer.from('a secret of our own, long enough').toString('base64')}`;
  };
  /** One byte over and over, in every writing that the variable takes. */
  const repeated = (name: string, byte: number) => {
    if (name === 'STATE_KEYS') return [Buffer.alloc(32, byte).toString('base64url')];
    const webhook = `whsec_${Buffer.alloc(24, byte).toString('base64')}`;
    if (/^(?:CLERK|UPSTREAM)_WEBHOOK/.test(name)) return [webhook];
    const bytes = Buffer.alloc(32, byte);
    const hex = bytes.toString('hex');
    const plain = [bytes.toString('base64url'), bytes.toString('base64'), hex, hex.toUpperCase()];
    const marks = ['sk_live_', 'base64:', 'v1.', '0x', 'Key_'];
    const pairs = hex.match(/../g)?.join(':') ?? '';
    return [webhook, pairs, ...plain, ...marks.flatMap((mark) => plain.map((text) => mark + text))];
  };

  test.each(secrets.map(({ name, example }) => [name, example] as const))(
    'is an error where others reach us, and is not reported again: %s',
    (name, example) => {
      const values = [example, ...example.split(','), ...repeated(name, 0), '0'.repeat(43)];
      if (/_KEYS|_WEBHOOK_SECRETS$/.test(name)) {
        values.push(
          `${example.split(',')[0]}=`,
          `${own(name)},${example.split(',')[0]}`,
          `${example.split(',')[0]} , ${own(name)}`,
        );
      }
      for (const value of values) {
        const { message } = refusal({ ...remote, [name]: value });
        expect(message, value).toMatch(
          new RegExp(`${name} is (?:the example|one letter or byte over and over), which everybody`),
        );
        for (const one of value.split(',')) expect(message).not.toContain(one.trim());
      }
      expect(readEnv({ ...remote, [name]: own(name) })).toBeDefined();
      expect(() => readEnv({ ...(name.startsWith('IDENTITY') ? SECRETS : {}), [name]: example })).not.toThrow();
    },
  );

  test.each(secrets.map(({ name }) => name))('is one byte over and over, however it is written: %s', (name) => {
    for (const byte of [0x01, 0x20, 0x61, 0x7f, 0xaa, 0xab, 0xff]) {
      for (const value of repeated(name, byte)) {
        expect(refusal({ ...remote, [name]: value }).message, value).toContain(`${name} is one letter or byte over`);
        expect(() => readEnv({ ...(name.startsWith('IDENTITY') ? SECRETS : {}), [name]: value })).not.toThrow();
      }
    }
  });

  test('is one of the mocks’ as well', () => {
    for (const [name, value] of [
      ['IDENTITY_CLIENT_SECRET', 'only-for-the-mock-provider-on-loopback'],
      ['STRIPE_SECRET_KEY', 'sk_test_mock'],
      ['SHIPPING_KEY', 'mock'],
      ['INSPECTOR_TOKEN', DEVELOPMENT_SECRET],
    ] as const) {
      expect(refusal({ ...remote, [name]: value }).message).toContain(`${name} is the mocks’, which everybody knows`);
    }
  });

  test('is not shown where one is missing or wrong', () => {
    const { message } = refusal({
      PUBLIC_URL: REMOTE,
      INSPECTOR: 'on',
      SHIPPING_URL: 'https://s.test/',
      PAYMENTS_URL: 'https://p.test/',
      GITHUB_WEBHOOK_SECRETS: 'short',
      UPSTREAM_WEBHOOK_SECRETS: 'short',
    });
    for (const { name, example } of secrets) {
      if (name === 'STRIPE_PUBLISHABLE_KEY') continue;
      for (const one of example.split(',')) expect(message, name).not.toContain(one);
    }
    expect(message).toContain('STATE_KEYS is not set');
  });
});
