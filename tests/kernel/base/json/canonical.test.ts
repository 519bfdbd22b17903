import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, lengthPrefixed, readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import { userScope } from '#kernel/base/scope.ts';

const texts = fc.array(fc.string({ unit: fc.constantFrom('1', '0', ':', 'a', '') }), { maxLength: 4 });

/** The same value with the members of its objects in reverse order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

describe('canonical text', () => {
  test('of a list reads back as that list, so that no two lists give the same', () => {
    fc.assert(
      fc.property(texts, (parts) => {
        expect(readLengthPrefixed(lengthPrefixed(parts))).toEqual(parts);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', '0', ':', 'a') }), (text) => {
        const parts = readLengthPrefixed(text);
        if (parts !== undefined) expect(lengthPrefixed(parts)).toBe(text);
      }),
    );
    expect(lengthPrefixed(['a:b'])).not.toBe(lengthPrefixed(['a', 'b']));
  });

  test('an issuer and a subject never run into one another', () => {
    expect(userScope('ab', 'c')).not.toBe(userScope('a', 'bc'));
    expect(userScope('', '1:x')).not.toBe(userScope('1:x', ''));
  });

  test('JSON reads back as what it was, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('members that are undefined do not count', () => {
    expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
  });

  test('two different dates never give the same text', () => {
    expect(canonicalJson({ from: new Date(1) })).not.toBe(canonicalJson({ from: new Date(2) }));
  });
});
