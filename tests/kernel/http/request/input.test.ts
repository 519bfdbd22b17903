import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldErrors, nearest } from '#kernel/http/request/field-error.ts';
import { parseInput } from '#kernel/http/request/input.ts';
import { isPlain } from '#kernel/http/request/plain-text.ts';
import { readQuery } from '#kernel/http/request/target.ts';

const codes = (target: string) => readQuery(target).issues.map(({ path, code }) => `${path}:${code}`);

describe('request targets', () => {
  test('are taken apart', () => {
    const read = readQuery(
      '/api/products/42?currency=EUR&q=a+b%20%26%C3%A9&parts=rating,stock&scenario=reviews%3Ddown&empty=&bare#top',
    );
    expect(read).toEqual({
      path: '/api/products/42',
      query: { currency: 'EUR', q: 'a b &é', empty: '', bare: '' },
      parts: ['rating', 'stock'],
      scenario: 'reviews=down',
      issues: [],
      tooLong: false,
    });
    expect(Object.getPrototypeOf(read.query)).toBeNull();
    expect(readQuery('/a')).toEqual({ path: '/a', query: {}, issues: [], tooLong: false });
    expect(readQuery('/a?&&b=1&')).toMatchObject({ query: { b: '1' }, issues: [] });
    expect(readQuery('/a?parts=')).toMatchObject({ parts: [], query: {} });
    expect(readQuery('/a?parts=a,,b').parts).toEqual(['a', '', 'b']);
    expect(readQuery('/a?b=1=2').query.b).toBe('1=2');
    expect(readQuery('/a?__proto__=1&constructor=2').query).toEqual(
      Object.assign(Object.create(null), { ['__proto__']: '1', constructor: '2' }),
    );
  });

  test.each([
    ['/a?b=%', 'b:bad-escape'],
    ['/a?b=%zz', 'b:bad-escape'],
    ['/a?b=%ff', 'b:bad-escape'],
    ['/a?b=%c0%af', 'b:bad-escape'],
    ['/a?b=%ed%a0%80', 'b:bad-escape'],
    ['/a?%=1', '%:bad-escape'],
    ['/a?b=\u00e9', 'b:bad-escape'],
    ['/a?b=%00', 'b:control-character'],
    ['/a?b=%0d%0aSet-Cookie', 'b:control-character'],
    ['/a?b=%7f', 'b:control-character'],
    ['/a?b=%C2%85', 'b:control-character'],
    ['/a?b%0a=1', 'b?:control-character'],
    ['/a?=1', ':empty-name'],
    ['/a?b=1&b=1', 'b:repeated'],
    ['/a?b=1&%62=2&b=3', 'b:repeated'],
    ['/a?scenario=a=down&scenario=b=down', 'scenario:repeated'],
    ['http://evil/a', ':target-form'],
    ['', ':target-form'],
  ])('%s: %s', (target, issue) => {
    expect(codes(target)).toEqual([issue]);
  });

  test.each([
    ['parts=a,b', ['a', 'b']],
    ['parts=a&parts=b', ['a', 'b']],
    ['parts[]=a&parts[]=b', ['a', 'b']],
    ['parts%5B%5D=a&parts%5B%5D=b', ['a', 'b']],
    ['parts[]=a', ['a']],
    ['parts=a,b&parts=c', ['a', 'b', 'c']],
    ['parts=a&n=1&parts[]=b', ['a', 'b']],
    ['parts=&parts=a', ['a']],
    ['parts[]=', []],
    ['parts[0]=a&parts[1]=b', ['a', 'b']],
    ['parts%5B0%5D=a&parts%5B1%5D=b', ['a', 'b']],
    ['parts[1]=a&parts[0]=b', ['a', 'b']],
    ['parts[0]=a&parts[0]=b', ['a', 'b']],
    ['parts[007]=a&parts[99999999999999999999]=b,c', ['a', 'b', 'c']],
    ['parts[0]=&parts=a&parts[]=b', ['a', 'b']],
  ])('%s is a list as clients write one', (query, parts) => {
    expect(readQuery(`/a?${query}`)).toMatchObject({ parts, issues: [] });
  });

  test.each([
    'parts[a]',
    'parts[-1]',
    'parts[1.5]',
    'parts[0',
    'parts0]',
    'parts[0][1]',
    'parts[][0]',
    'parts[ ]',
    'part[0]',
  ])('%s is no list, and is named as it came', (key) => {
    const read = readQuery(`/a?${encodeURIComponent(key)}=a`);
    expect(read).toMatchObject({ query: { [key]: 'a' }, issues: [] });
    expect(read.parts).toBeUndefined();
    expect(parseInput(z.object({}), {}, read.query, ['parts'])).toMatchObject({
      errors: [{ in: 'query', path: key, code: 'unknown' }],
    });
  });

  test.each(['n=1&n=2', 'n[]=1&n[]=2', 'n[0]=1&n[0]=2', 'scenario=a=down&scenario=b=down'])(
    '%s is a key twice',
    (query) => {
      expect(codes(`/a?${query}`)).toEqual([`${query.split('=')[0]}:repeated`]);
    },
  );

  test('every issue is listed, and the number of keys is bounded', () => {
    expect(codes('/a?b=%&c=1&c=2&d=%00')).toEqual(['b:bad-escape', 'd:control-character', 'c:repeated']);
    const keys = (count: number) => `/a?${Array.from({ length: count }, (_, i) => `k${i}=1`).join('&')}`;
    expect(codes(keys(32))).toEqual([]);
    expect(codes(keys(33))).toEqual([':too-many']);
    expect(codes('*')).toEqual([]);
  });

  test('over 8 KiB nothing is read', () => {
    expect(readQuery(`/${'a'.repeat(8_191)}`).tooLong).toBe(false);
    expect(readQuery(`/${'a'.repeat(8_192)}`)).toEqual({ path: '', query: {}, issues: [], tooLong: true });
  });

  test('any record comes back, and nothing throws', () => {
    const clean = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => isPlain(text, false));
    const key = clean.filter((text) => text !== '' && text !== 'parts' && text !== 'scenario');
    fc.assert(
      fc.property(fc.dictionary(key, clean, { maxKeys: 20, noNullPrototype: false }), (record) => {
        const read = readQuery(`/a?${new URLSearchParams(Object.entries(record))}`);
        expect(read.issues).toEqual([]);
        expect(Object.entries(read.query)).toEqual(Object.entries(record));
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readQuery(`/a?${text}`)));
  });
});

describe('input', () => {
  const schema = z.object({
    id: z.string().regex(/^p\d+$/),
    currency: z.enum(['EUR', 'USD']).default('EUR'),
    limit: z.coerce.number().int().max(50).optional(),
    since: z.iso.date().optional(),
  });
  const errorsOf = (path: Record<string, string>, query: Record<string, string>) => {
    const result = parseInput(schema, path, query);
    return result.ok ? [] : result.errors.map((error) => `${error.in}:${error.path}:${error.code}`);
  };

  test('is one flat object', () => {
    expect(parseInput(schema, { id: 'p1' }, { limit: '5' })).toEqual({
      ok: true,
      value: { id: 'p1', currency: 'EUR', limit: 5 },
    });
    expect(parseInput(schema, { id: 'p1' }, readQuery('/x?currency=USD').query)).toMatchObject({
      ok: true,
      value: { currency: 'USD' },
    });
  });

  test('every bad field is listed with its place', () => {
    expect(errorsOf({ id: 'x' }, { limit: '99', currency: 'GBP', colour: 'red', since: 'soon' }).sort()).toEqual(
      [
        'path:id:invalid_format',
        'query:colour:unknown',
        'query:currency:invalid_value',
        'query:limit:too_big',
        'query:since:invalid_format',
      ].sort(),
    );
    expect(errorsOf({}, {})).toEqual(['query:id:required']);
  });

  test('a query key can neither replace a path parameter nor reach a prototype', () => {
    expect(errorsOf({ id: 'p1' }, { id: 'p2' })).toEqual(['query:id:unknown']);
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const query = readQuery(`/a?${key}=1`).query;
      expect(errorsOf({ id: 'p1' }, query as Record<string, string>)).toEqual([`query:${key}:unknown`]);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([
    ['part', 'did you mean parts? known are currency, limit, since, parts'],
    ['x', 'known are currency, limit, since, parts'],
  ])('%s hears which keys were valid before: %s', (key, told) => {
    const result = parseInput(schema, { id: 'p1' }, { [key]: '1' }, ['parts']);
    expect(result.ok ? [] : result.errors.map(({ message }) => message)).toEqual([`is not known here; ${told}`]);
  });

  test('an unknown key is answered with what is known, and what was probably meant', () => {
    const result = parseInput(schema, { id: 'p1' }, { curency: 'EUR', x: '1', ['y'.repeat(100)]: '' });
    expect(!result.ok && result.errors).toEqual([
      {
        in: 'query',
        path: 'curency',
        message: 'is not known here; did you mean currency? known are currency, limit, since',
        code: 'unknown',
      },
      { in: 'query', path: 'x', message: 'is not known here; known are currency, limit, since', code: 'unknown' },
      {
        in: 'query',
        path: `${'y'.repeat(63)}…`,
        message: 'is not known here; known are currency, limit, since',
        code: 'unknown',
      },
    ]);
    expect(parseInput(z.object({ id: z.string() }), { id: '1' }, { a: '1' })).toMatchObject({
      errors: [{ message: 'is not known here; none is' }],
    });
  });

  test.each([
    ['curency', 'currency'],
    ['Limit', 'limit'],
    ['limti', 'limit'],
    ['li', undefined],
    ['zzzzzz', undefined],
    ['', undefined],
  ])('nearest to %s is %s', (word, meant) => {
    expect(nearest(word, ['currency', 'limit', 'since'])).toBe(meant);
  });

  test.each<[string, z.ZodType, unknown, string]>([
    ['a choice', z.enum(['EUR', 'USD']), 'GBP', 'must be one of EUR, USD'],
    ['a choice of one', z.literal('a'), 'b', 'must be a'],
    ['a text', z.string(), 1, 'must be a text'],
    ['null', z.string(), null, 'must be a text'],
    ['a number', z.number(), 'x', 'must be a number'],
    ['no number', z.number(), Number.NaN, 'must be a number'],
    ['a whole number', z.int(), 1.5, 'must be a whole number'],
    ['a switch', z.boolean(), 'yes', 'must be true or false'],
    ['a list', z.array(z.string()), {}, 'must be a list'],
    ['an object', z.object({}), [], 'must be an object'],
    ['a map', z.record(z.string(), z.string()), [], 'must be an object'],
    ['a kind that we have no word for', z.date(), 1, 'must be of type date'],
    ['a step', z.number().multipleOf(5), 7, 'must be a multiple of 5'],
    ['a format', z.email(), 'x', 'must have the format email'],
    ['a time', z.iso.datetime(), 'x', 'must have the format datetime'],
    ['one of two shapes', z.union([z.string(), z.number()]), true, 'is not as it should be'],
    ['the fewest', z.array(z.int()).min(2), [1], 'must have at least 2 items'],
    ['the most', z.string().max(3), 'abcd', 'must have at most 3 characters'],
    ['a least number', z.number().min(3), 2, 'must be at least 3'],
    ['nothing', z.string().min(1), '', 'must not be empty'],
    ['words of the schema’s own', z.string('Say something.'), 1, 'Say something.'],
  ])('people are told in words: %s', (_, schema, value, words) => {
    const read = z.object({ field: schema }).safeParse({ field: value });
    const errors = fieldErrors(read.error?.issues ?? [], { field: value }, () => 'body');
    expect(errors.map(({ message }) => message)).toEqual([words]);
  });

  test('a loose schema ignores what it does not know, and nothing else', () => {
    const schema = z.looseObject({ id: z.string(), code: z.string().max(3).optional() });
    const query = Object.assign(Object.create(null), { code: 'abc', scope: 'x', ['__proto__']: 'y' });
    const read = parseInput(schema, { id: '1' }, query);
    expect(read).toEqual({ ok: true, value: { id: '1', code: 'abc' } });
    expect(parseInput(schema, { id: '1' }, { code: 'abcd', scope: 'x' }).ok).toBe(false);
    expect(parseInput(schema, { id: '1' }, { id: '2' }).ok).toBe(false);
    for (const strict of [z.object({ id: z.string() }), z.strictObject({ id: z.string() })]) {
      expect(parseInput(strict, { id: '1' }, { scope: 'x' }).ok).toBe(false);
    }
  });
});
