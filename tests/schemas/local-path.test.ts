import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeOther } from '#kernel/contract/answer.ts';
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

const tricky = fc.array(fc.constantFrom('/', '\\', '.', '..', '\t', '\n', '@', ':', '%5c', '%2f', 'evil.test', '?'));
const paths = fc.oneof(
  fc.string(),
  tricky.map((parts) => parts.join('')),
);

test('what is taken stays with us, as a browser reads it', () => {
  fc.assert(
    fc.property(paths, (rest) => {
      const text = `/${rest}`;
      if (!takes(text)) return;
      const url = new URL(text, HOME);
      expect([url.origin, new URL(`${url.pathname}${url.search}`, HOME).origin]).toEqual([HOME, HOME]);
    }),
    { numRuns: 2_000 },
  );
});

// Schemas import nothing of the kernel, and the kernel no schema: each has the rule, and they must not part.
test('what a schema takes for a path here is what an answer leads to', () => {
  const leads = (text: string) => {
    try {
      return seeOther(text) !== undefined;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(paths, fc.boolean(), (rest, isPath) => {
      const text = isPath ? `/${rest}` : rest;
      expect(takes(text)).toBe(leads(text));
    }),
    { numRuns: 2_000 },
  );
});
