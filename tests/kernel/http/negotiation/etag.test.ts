import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bodyEtag,
  codedEtag,
  parseEntityTags,
  plainEtag,
  sameEtag,
  versionEtag,
  versionOf,
} from '#kernel/http/negotiation/preconditions.ts';

const bytes = fc.uint8Array({ maxLength: 64 });
const coding = fc.constantFrom('br' as const, 'gzip' as const);
const version = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.nat().map(String))
  .filter((text) => text !== '');
const generation = fc.stringMatching(/^\w{1,8}$/);
const ETAG = /^"[!#-~]+"$/;

describe('ETags', () => {
  test('of bytes: strong, the same for the same, 22 characters without a dash', () => {
    fc.assert(
      fc.property(bytes, (body) => {
        expect(bodyEtag(body)).toMatch(/^"[A-Za-z0-9+/]{22}"$/);
        expect(bodyEtag(body)).toBe(bodyEtag(Uint8Array.from(body)));
      }),
    );
    const seen = new Set(Array.from({ length: 5_000 }, (_, i) => bodyEtag(Buffer.from(`answer ${i}`))));
    expect(seen.size).toBe(5_000);
  });

  test('coded forms differ, and are the same answer', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes.map(bodyEtag),
          fc.tuple(version, generation).map(([v, g]) => versionEtag(v, g)),
        ),
        coding,
        (etag, name) => {
          const coded = codedEtag(etag, name);
          expect(coded).toMatch(ETAG);
          expect(coded).not.toBe(etag);
          expect(plainEtag(coded)).toBe(etag);
          expect(plainEtag(etag)).toBe(etag);
          expect(sameEtag(coded, etag)).toBe(true);
          expect(sameEtag(codedEtag(etag, 'br'), codedEtag(etag, 'gzip'))).toBe(true);
          expect(sameEtag(coded, '"other"')).toBe(false);
        },
      ),
    );
    expect(codedEtag('"abc"', 'br')).toBe('"abc-br"');
  });

  test('versions come back whatever they hold, with or without a coding', () => {
    fc.assert(
      fc.property(version, generation, coding, (text, gen, name) => {
        const etag = versionEtag(text, gen);
        expect(etag).toMatch(ETAG);
        expect(versionOf(etag)).toBe(text.toWellFormed());
        expect(versionOf(codedEtag(etag, name))).toBe(text.toWellFormed());
        expect(parseEntityTags(etag)).toEqual([{ weak: false, etag }]);
      }),
    );
    expect(versionEtag(7, 'a1')).toBe('"7.a1"');
    expect(versionOf(bodyEtag(Buffer.from('x')))).toBeUndefined();
    for (const foreign of ['""', '"."', '".a"', '"7."', '"%zz.a"', '"7"']) expect(versionOf(foreign)).toBeUndefined();
    expect(() => versionEtag(7, 'a-br')).toThrow(RangeError);
  });
});

describe('lists of entity-tags', () => {
  test.each([
    ['"a"', [['"a"', false]]],
    ['W/"a"', [['"a"', true]]],
    [
      '"a", W/"b"',
      [
        ['"a"', false],
        ['"b"', true],
      ],
    ],
    [
      '"a,b" ,"c"',
      [
        ['"a,b"', false],
        ['"c"', false],
      ],
    ],
    [
      ' , "a",,\t"b", ',
      [
        ['"a"', false],
        ['"b"', false],
      ],
    ],
    ['""', [['""', false]]],
    ['"\u00e9"', [['"\u00e9"', false]]],
    ['"W/"', [['"W/"', false]]],
  ])('%s', (field, expected) => {
    expect(parseEntityTags(field)).toEqual(expected.map(([etag, weak]) => ({ etag, weak })));
  });

  test.each([
    '',
    ' ',
    ',',
    'abc',
    '"a',
    'a"',
    '"a" "b"',
    '"a""b"',
    'w/"a"',
    'W/ "a"',
    '*, "a"',
    '"a", *',
    '"a b"',
    '"a\u0000"',
    '"a\u007f"',
    '"a", x',
    "'a'",
  ])('%s is malformed', (field) => {
    expect(parseEntityTags(field)).toBeUndefined();
  });

  test('* alone', () => expect(parseEntityTags(' * ')).toBe('*'));

  test('any list comes back', () => {
    const opaque = fc.string({
      unit: fc
        .integer({ min: 0x21, max: 0xff })
        .filter((c) => c !== 0x22 && c !== 0x7f)
        .map((c) => String.fromCharCode(c)),
    });
    const tags = fc.array(fc.record({ weak: fc.boolean(), etag: opaque.map((text) => `"${text}"`) }), { minLength: 1 });
    fc.assert(
      fc.property(tags, fc.constantFrom(',', ', ', ' ,\t', ',,'), (list, comma) => {
        expect(parseEntityTags(list.map(({ weak, etag }) => (weak ? `W/${etag}` : etag)).join(comma))).toEqual(list);
      }),
    );
  });
});
