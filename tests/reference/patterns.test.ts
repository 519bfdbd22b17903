import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { portable } from '#reference/patterns.ts';

const SAID: readonly (readonly [string, string])[] = [
  ['^a-[0-9]{6}$', '^a-[0-9]{6}$'],
  ['^[\\w-]{1,64}$', '^[A-Za-z0-9_-]{1,64}$'],
  ['^\\+[1-9]\\d{6,14}$', '^\\+[1-9][0-9]{6,14}$'],
  ['^(?:EUR|USD)$', '^(EUR|USD)$'],
  ['^[\\d.]+\\/\\d$', '^[0-9.]+/[0-9]$'],
  ['^[\\x21-\\x7e]+$', '^[!-~]+$'],
  ['^\\u0041\\.$', '^A\\.$'],
  ['^[(?]+\\(?$', '^[(?]+\\(?$'],
];

test.each(SAID)('%s is said as %s', (pattern, said) => {
  expect(portable(pattern)).toBe(said);
});

test.each([
  '^\\p{L}+$',
  '^\\P{Cc}$',
  '^(?=a)b',
  '^(?!a)b',
  '(?<=a)b',
  '(?<name>a)',
  '^(a)\\1$',
  '\\bword',
  '\\S',
  '\\u{61}',
  '\\cA',
])('%s can’t be said in all languages', (pattern) => {
  expect(portable(pattern)).toBeUndefined();
});

describe('what is said', () => {
  test('matches what the pattern matches', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'aZ09_-.+/( ?A!~EURSD'), maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...SAID), texts, ([pattern, said], text) => {
        expect(new RegExp(said, 'u').test(text)).toBe(new RegExp(pattern).test(text));
      }),
    );
  });

  test('is said again as it is', () => {
    for (const [, said] of SAID) expect(portable(said)).toBe(said);
  });
});
