import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePrivateId } from '#kernel/identity/private-id.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { runs } from '#tests/support/long.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'f', '?', '#', ';', '\t', '\n', '\0', '@', ':') }),
  fc.constantFrom('%2e%2e', '%2E', '..%2f', '..\\', '.%00', '//evil.test/', '\u2025', '\uff0e\uff0e', 'a/../b', ' '),
);
const refused = (value: string): boolean =>
  ['', '.', '..'].includes(value) || [...value].some((sign) => '/\\%\x7f'.includes(sign) || sign < ' ');
const ana = makePrivateId('customer', 'c-ana', 'user:ana');
const bob = makePrivateId('customer', 'c-bob', 'user:bob');

describe('a path', () => {
  test('takes any text as exactly one segment that reads back as that text', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        if (refused(value)) return;
        const { text } = path`products/${value}/reviews`;
        const url = new URL(`http://up.test/base/${text}`);
        expect(url.origin).toBe('http://up.test');
        expect(url.search + url.hash).toBe('');
        const segments = url.pathname.split('/');
        expect(segments).toHaveLength(5);
        expect([segments[1], segments[2], segments[4]]).toEqual(['base', 'products', 'reviews']);
        expect(decodeURIComponent(segments[3] ?? '')).toBe(value);
      }),
      { numRuns: runs(3_000) },
    );
  });

  test('of two values has two segments, and never fewer', () => {
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        if (refused(a) || refused(b)) return;
        const { pathname } = new URL(path`x/${a}/${b}`.text, 'http://up.test/');
        expect(pathname.split('/').slice(2).map(decodeURIComponent)).toEqual([a, b]);
      }),
    );
  });

  test.each(['', '.', '..', '../x', 'a/b', 'a\\b', '%2e%2e', '..%2f', 'a\0', 'a\n'])(
    'refuses %j, which hides or climbs',
    (value) => {
      expect(() => path`products/${value}`).toThrow(TypeError);
      expect(() => path`products/${makePrivateId('id', value, 'user:ana')}`).toThrow(TypeError);
    },
  );

  test('refuses a lone surrogate as it refuses what else has no form', () => {
    expect(() => path`products/${'a\ud800'}`).toThrow(TypeError);
  });

  test('is below the base with a slash before it as well', () => {
    expect(path`/products/${'1'}`.text).toBe('products/1');
  });

  test('refuses a template that can’t go out as it is written', () => {
    expect(() => path`café/${'1'}`).toThrow(TypeError);
    expect(() => path`a b/${'1'}`).toThrow(TypeError);
    expect(() => path`a/../${'1'}`).toThrow(TypeError);
    expect(() => path`a#${'1'}`).toThrow(TypeError);
    expect(path`a/..${'b'}/.c?d=..${'1'}`.text).toBe('a/..b/.c?d=..1');
  });

  test('takes numbers, and shows its shape without its values', () => {
    expect(path`products/${42}/reviews/${'a b'}`).toMatchObject({
      text: 'products/42/reviews/a%20b',
      template: 'products/{}/reviews/{}',
      privacy: 'public',
      owner: undefined,
    });
  });
});

describe('a query', () => {
  test('takes any text as exactly one value that reads back as that text', () => {
    fc.assert(
      fc.property(nasty, nasty, (key, value) => {
        fc.pre(key !== '__proto__');
        const url = new URL(path`search`.query({ [key]: value, last: 1 }).text, 'http://up.test/');
        expect(url.pathname + url.hash).toBe('/search');
        expect(key === 'last' || url.searchParams.get(key) === value).toBe(true);
        expect(url.searchParams.get('last')).toBe('1');
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('leaves out what is undefined, keeps what is false, nought or empty, and goes on where one has begun', () => {
    expect(path`a`.query({ b: undefined, c: 0, d: false, e: '' }).text).toBe('a?c=0&d=false&e=');
    expect(path`a`.query({ b: 1 }).query({ c: 2 }).text).toBe('a?b=1&c=2');
    expect(path`a`.query({}).text).toBe('a');
  });
});

describe('an own id', () => {
  test('makes a path private and its owner known, wherever it stands', () => {
    for (const one of [
      path`customers/${ana}`,
      path`x/${'y'}`.query({ customer: ana }),
      path`customers/${ana}`.query({ a: 1 }),
    ]) {
      expect(one.privacy).toBe('private');
      expect(one.owner).toBe('user:ana');
      expect(one.text).toContain('c-ana');
      expect(one.template).not.toContain('c-ana');
    }
  });

  test('may stand twice, but never beside that of another', () => {
    expect(path`a/${ana}/${ana}`.query({ again: ana }).owner).toBe('user:ana');
    expect(() => path`a/${ana}/${bob}`).toThrow('two principals');
    expect(() => path`a/${ana}`.query({ b: bob })).toThrow('two principals');
    expect(() => path`a`.query({ a: ana, b: bob })).toThrow('two principals');
  });

  test('never goes into plain text', () => {
    expect(() => `customers/${ana}`).toThrow(TypeError);
    expect(() => String(ana)).toThrow(TypeError);
    expect(() => 'customers/'.concat(ana as unknown as string)).toThrow(TypeError);
    expect(() => encodeURIComponent(ana as unknown as string)).toThrow(TypeError);
    expect(() => JSON.stringify({ id: ana })).toThrow(TypeError);
    expect(() => [ana, 'x'].join('/')).toThrow(TypeError);
  });
});
