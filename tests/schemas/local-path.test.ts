import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalPath } from '#schemas/view/local-path.ts';

const HOME = 'https://shop.test';
const takes = (text: string) => LocalPath.safeParse(text).success;

test.each([
  '//evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  'https://evil.test/',
  '/\t/evil.test',
  '/\n\\evil.test',
  '/./..//evil.test',
  '/x/..//evil.test',
  'javascript:alert(1)',
  'evil.test',
  '',
  `/${'a'.repeat(2_000)}`,
])('%j is no path here', (text) => {
  expect(takes(text)).toBe(false);
});

test.each(['/', '/account', '/search?q=lamp&x=//y', '/a#//b', '/%5cevil.test', '/a//b'])('%s is one', (text) => {
  expect(takes(text)).toBe(true);
});

test('what is taken stays with us, as a browser reads it', () => {
  const tricky = fc.array(fc.constantFrom('/', '\\', '.', '..', '\t', '\n', '@', ':', '%5c', '%2f', 'evil.test', '?'));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        tricky.map((parts) => parts.join('')),
      ),
      (rest) => {
        const text = `/${rest}`;
        if (!takes(text)) return;
        const url = new URL(text, HOME);
        expect([url.origin, new URL(`${url.pathname}${url.search}`, HOME).origin]).toEqual([HOME, HOME]);
      },
    ),
    { numRuns: 2_000 },
  );
});
