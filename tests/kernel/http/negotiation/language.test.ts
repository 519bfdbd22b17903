import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseLanguage, inLanguage } from '#kernel/http/negotiation/language.ts';
import { runs } from '#tests/support/long.ts';

const OURS = { field: 'locale', tags: ['en', 'de', 'pt-BR', 'zh-Hant'], fallback: 'en' };
const choose = (field: string | undefined) => chooseLanguage(field, OURS);

describe('Accept-Language', () => {
  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-CH', 'de'],
    ['de-CH-1996, en;q=0.9', 'de'],
    ['pt-br', 'pt-BR'],
    // Lookup cuts a range; it does not make one longer (RFC 4647 §3.4).
    ['pt', 'en'],
    ['pt-PT, de;q=0.1', 'de'],
    ['zh-Hant-CN-x-private1-private2', 'zh-Hant'],
    ['zh-Hant-u-co-phonebk', 'zh-Hant'],
    ['de-x', 'de'],
    ['fr, de;q=0.5, en;q=0.9', 'en'],
    ['de;q=0.5, pt-BR;q=0.5', 'de'],
    ['fr', 'en'],
    // `*` says nothing beside others (RFC 4647 §3.4), and the default alone.
    ['*, de;q=0.5', 'de'],
    ['fr, *;q=0.5', 'en'],
    ['de;q=0', 'en'],
    ['en;q=0', 'de'],
    ['en;q=0, *', 'de'],
    ['de-CH, de;q=0', 'en'],
    ['de;q=0, de-CH, pt-BR;q=0.1', 'pt-BR'],
    ['pt;q=0, pt-BR', 'pt-BR'],
    ['de-CH;q=0, de', 'de'],
    ['*;q=0, de', 'de'],
    ['*;q=0', 'en'],
    ['en;q=0, de;q=0, pt;q=0, zh;q=0', 'en'],
    ['de;q=1.001, pt-BR;q=0.2', 'pt-BR'],
    ['de;level=1, pt-BR', 'pt-BR'],
    ['de ; q = 0.4 , pt-BR ; q=0.5', 'pt-BR'],
    ['de_DE, pt-BR', 'pt-BR'],
    ['de-*-CH, pt-BR', 'pt-BR'],
    ['"de", pt-BR', 'pt-BR'],
    [`${'fr, '.repeat(1_000)}de`, 'en'],
  ])('%s: %s', (field, tag) => {
    expect(choose(field)).toBe(tag);
  });

  const subtag = fc.constantFrom('DE', 'at', 'BR', 'Hant', 'x', 'u', '1996', 'abc');
  const range = fc
    .tuple(fc.constantFrom('de', 'en', 'pt', 'ZH', 'fr', '*'), fc.array(subtag, { maxLength: 3 }))
    .map(([first, more]) => (first === '*' ? first : [first, ...more].join('-')));
  const weighted = fc.tuple(range, fc.constantFrom('', ';q=1', ';q=0.5', ';q=0.001', '; q=.7', ';q=0', ';q=0.000'));
  const field = fc.array(weighted, { minLength: 1, maxLength: 6 });
  const written = (list: [string, string][]) => list.map(([name, q]) => name + q).join(', ');
  const weightOf = (q: string) => (q === '' ? 1 : Number(q.split('=')[1]));

  /** RFC 4647 §3.4 word by word, without weights of 0. */
  function lookUp(ranges: readonly string[]): string {
    for (const each of ranges) {
      const left = each.toLowerCase().split('-');
      while (left.length > 0) {
        const tag = OURS.tags.find((one) => one.toLowerCase() === left.join('-'));
        if (tag) return tag;
        left.pop();
        while (left.at(-1)?.length === 1 && left.at(-1) !== '*') left.pop();
      }
    }
    return OURS.fallback;
  }

  test('is looked up by weight, and within one weight as written', () => {
    fc.assert(
      fc.property(field, (list) => {
        const wanted = list.filter(([, q]) => weightOf(q) > 0);
        const inTurn = wanted.toSorted(([, one], [, other]) => weightOf(other) - weightOf(one)).map(([name]) => name);
        expect(choose(written(wanted))).toBe(wanted.length === 0 ? 'en' : lookUp(inTurn));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('gives no language that is refused by name while another is left', () => {
    fc.assert(
      fc.property(field, fc.constantFrom('en', 'de', 'pt-BR'), (list, tag) => {
        const others = list.filter(([name]) => name.toLowerCase() !== tag.toLowerCase() && name !== '*');
        const rest = OURS.tags.filter((one) => one !== tag);
        // The others are named with a weight, so that something is left.
        const given = choose(
          written([[tag, ';q=0'], ...others, ...rest.map((one): [string, string] => [one, ';q=0.002'])]),
        );
        expect(given).not.toBe(tag);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('is the same in any case of letters, and with blanks wherever they may be', () => {
    fc.assert(
      fc.property(field, (list) => {
        const plain = choose(written(list));
        expect(choose(written(list).toUpperCase())).toBe(plain);
        expect(choose(written(list).replaceAll(', ', ' ,\t, ').replaceAll(';', ' ; '))).toBe(plain);
      }),
    );
  });

  test('never throws, and gives nothing but what there is', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'de-*;q=0.1, "\\xpt'.split('')), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(soup, fc.string()), (text) => {
        expect(OURS.tags).toContain(choose(text));
      }),
      { numRuns: runs(1_000) },
    );
  });
});

describe('a query', () => {
  test.each([
    [{}, 'de', { locale: 'de' }],
    [{ q: 'a' }, undefined, { q: 'a', locale: 'en' }],
    [{ locale: 'pt-BR' }, 'de', { locale: 'pt-BR' }],
    [{ locale: 'PT-br' }, 'de', { locale: 'pt-BR' }],
    // For the schema to refuse.
    [{ locale: 'fr' }, 'de', { locale: 'fr' }],
    [{ locale: '' }, 'de', { locale: '' }],
  ])('%o under %s is %o', (query, acceptLanguage, expected) => {
    expect(inLanguage(OURS, query as Record<string, string>, acceptLanguage)).toEqual(expected);
  });
});
