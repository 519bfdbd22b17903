import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PUBLIC, userScope } from '#kernel/base/scope.ts';
import { cdnKey, EVERY_ANSWER, sharedFields, unsharedFields } from '#kernel/cache/cdn/cdn-fields.ts';
import { privateTag } from '#kernel/cache/tags.ts';

const tag = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 100, maxLength: 400 }));

const field = (fields: readonly string[] | undefined, name: string) => fields?.[fields.indexOf(name) + 1];

test('a key is one word that both CDNs take, and no two tags have the same', () => {
  fc.assert(
    fc.property(tag, tag, (one, other) => {
      expect(cdnKey(one)).toMatch(/^[\w:.!~*'()%-]{0,128}$/);
      if (one.toWellFormed() !== other.toWellFormed()) expect(cdnKey(one)).not.toBe(cdnKey(other));
    }),
  );
});

test.each([
  ['fastly', 'Surrogate-Key', ' '],
  ['cloudflare', 'Cache-Tag', ','],
] as const)('%s reads from %s exactly the keys of the tags, or may not store the answer', (cdn, name, separator) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 200 }), (tags) => {
      const fields = sharedFields(cdn, tags, 60);
      const keys = [EVERY_ANSWER, ...new Set(tags.map(cdnKey))];
      if (keys.join(separator).length > 3_072) return void expect(fields).toBeUndefined();
      expect(field(fields, name)?.split(separator)).toEqual(keys);
      expect(field(fields, 'CDN-Cache-Control')).toBe('max-age=60');
      expect(fields?.every((text) => /^[\x20-\x7e]*$/.test(text))).toBe(true);
    }),
  );
});

test('each gets the fields that it takes off again, and no other', () => {
  const names = (fields: readonly string[] = []) => fields.filter((_, index) => index % 2 === 0);
  expect(names(sharedFields('fastly', ['a'], 1))).toEqual(['CDN-Cache-Control', 'Surrogate-Control', 'Surrogate-Key']);
  expect(names(sharedFields('cloudflare', ['a'], 1))).toEqual(['CDN-Cache-Control', 'Cache-Tag']);
  expect(names(unsharedFields('fastly'))).toEqual(['CDN-Cache-Control', 'Surrogate-Control']);
  expect(names(unsharedFields('cloudflare'))).toEqual(['CDN-Cache-Control']);
});

test('what has a private tag is not for a CDN', () => {
  const mine = privateTag(userScope('https://issuer.test', 'ada'), 'orders');
  expect(sharedFields('fastly', ['product:1', mine], 60)).toBeUndefined();
  expect(sharedFields('fastly', ['product:1', privateTag(PUBLIC, 'orders')], 60)).toBeUndefined();
});
