import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { bodyEtag, evaluateRead, versionEtag, versionsNamed } from '#kernel/http/negotiation/preconditions.ts';
import { startEngine } from '#tests/support/engine.ts';

/** What servers on the way append to the ETag of what they code. */
const SUFFIXES = ['-', '--', ';'].flatMap((dash) =>
  ['br', 'gzip', 'GZIP', 'x-gzip', 'gz', 'bzip2', 'zstd', 'deflate', 'gzip-br'].map((name) => dash + name),
);
const suffixed = (etag: string, suffix: string) => `${etag.slice(0, -1)}${suffix}"`;

describe('reads of "h"', () => {
  test.each([
    [{}, 'proceed'],
    [{ ifNoneMatch: '"h"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"h"' }, 'not-modified'],
    [{ ifNoneMatch: '"h-br"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"h-gzip"' }, 'not-modified'],
    [{ ifNoneMatch: '"h--gzip"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"h;gz"' }, 'not-modified'],
    [{ ifNoneMatch: '"h---gzip"' }, 'proceed'],
    [{ ifNoneMatch: '"h-gzip-"' }, 'proceed'],
    [{ ifNoneMatch: '"-gzip"' }, 'proceed'],
    [{ ifNoneMatch: '"x", "h"' }, 'not-modified'],
    [{ ifNoneMatch: '"x,", "h"' }, 'not-modified'],
    [{ ifNoneMatch: '*' }, 'not-modified'],
    [{ ifNoneMatch: '"x"' }, 'proceed'],
    [{ ifNoneMatch: '"h' }, 'proceed'],
    [{ ifNoneMatch: 'h' }, 'proceed'],
    [{ ifNoneMatch: '' }, 'proceed'],
    [{ ifNoneMatch: '"x,"h""' }, 'proceed'],
    [{ ifMatch: '"h"' }, 'proceed'],
    [{ ifMatch: '"h-br"' }, 'proceed'],
    [{ ifMatch: '"h--gzip"' }, 'proceed'],
    [{ ifMatch: '"x--gzip"' }, 'precondition-failed'],
    [{ ifMatch: '*' }, 'proceed'],
    [{ ifMatch: '"x"' }, 'precondition-failed'],
    [{ ifMatch: 'W/"h"' }, 'precondition-failed'],
    [{ ifMatch: 'nonsense' }, 'precondition-failed'],
    [{ ifMatch: '"x"', ifNoneMatch: '"h"' }, 'precondition-failed'],
    [{ ifMatch: '"h"', ifNoneMatch: '"h"' }, 'not-modified'],
  ])('%o: %s', (conditions, verdict) => {
    expect(evaluateRead(conditions, '"h"')).toBe(verdict);
    expect(evaluateRead(conditions, '"h-br"')).toBe(verdict);
  });
});

test('a read knows its answer again under any suffix that it got on the way', () => {
  const bytes = fc.uint8Array({ maxLength: 16 });
  fc.assert(
    fc.property(bytes, bytes, fc.constantFrom(...SUFFIXES), fc.boolean(), (body, other, suffix, weak) => {
      const [etag, foreign] = [bodyEtag(body), bodyEtag(other)];
      const came = suffixed(etag, suffix);
      expect(evaluateRead({ ifMatch: came }, etag)).toBe('proceed');
      expect(evaluateRead({ ifNoneMatch: (weak ? 'W/' : '') + came }, etag)).toBe('not-modified');
      if (foreign === etag) return;
      expect(evaluateRead({ ifMatch: came }, foreign)).toBe('precondition-failed');
      expect(evaluateRead({ ifNoneMatch: came }, foreign)).toBe('proceed');
    }),
  );
});

describe('writes', () => {
  test.each([
    ['"5.g1"', ['5']],
    ['"5.g1-br"', ['5']],
    ['"5.g1;gzip"', ['5']],
    ['"5.g1-zstd"', ['5']],
    ['"5.g1--gzip"', ['5']],
    ['W/"5.g1;br"', ['5']],
    ['"5.g1-"', []],
    ['"5.g1-identity"', []],
    ['"5-gzip"', []],
    ['W/"5.g0-gzip"', ['5']],
    ['"55.g1"', ['55']],
    ['"4.g1", W/"5.g1"', ['4', '5']],
    ['W/5.g1', []],
    ['w/"5.g1"', []],
    ['"5"', []],
    ['5.g1', []],
    ['', []],
  ])('If-Match: %s', (field, versions) => expect(versionsNamed(field)).toEqual(versions));

  test('name their versions, in any list, under any generation and coding', () => {
    const version = fc.integer({ min: 1, max: 6 });
    const tag = fc.record({
      version,
      generation: fc.constantFrom('a', 'b'),
      weak: fc.boolean(),
      suffix: fc.constantFrom('', ...SUFFIXES),
    });
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1, maxLength: 4 }), (tags) => {
        const field = tags
          .map(
            ({ version: named, generation, weak, suffix }) =>
              (weak ? 'W/' : '') + suffixed(versionEtag(named, generation), suffix),
          )
          .join(', ');
        expect(versionsNamed(field)).toEqual(tags.map((named) => String(named.version)));
      }),
    );
    expect(versionsNamed('*')).toBe('*');
    expect(versionsNamed('nonsense')).toEqual([]);
    // Nothing that could not stand between quotes in a field of ours.
    for (const bad of ['%00', '1%0d%0ax-evil:%201', '%e2%82%ac', '1%22,%20%222', '%20', '%7f'])
      expect(versionsNamed(`"${bad}.g"`), bad).toEqual([]);
  });
});

test('a write sends the version on that an ETag names which was weakened or given a suffix on the way', async () => {
  const asked: (string | undefined)[] = [];
  const change = operation(
    {
      id: 'change',
      route: 'PUT /api/thing',
      summary: '',
      audience: 'personal',
      input: z.object({}),
      example: {},
      body: { kind: 'json', schema: z.strictObject({ a: z.string() }) },
      answers: { 204: undefined },
      writes: { match: true },
      deadline: 500,
    },
    async (_, { version }) => {
      asked.push(version);
      return done();
    },
  );
  const shop = startEngine({}, [change]);
  asked.length = 0;
  const put = async (match: string) =>
    (
      await shop.ask(
        '/api/thing',
        { authorization: 'Bearer ada', 'if-match': match },
        { method: 'PUT', body: { a: 'b' } },
      )
    ).status;
  expect(await put('W/"1.56abc"')).toBe(204);
  expect(await put('W/"a%2Fb.56abc-gzip"')).toBe(204);
  expect(await put('"3.56abc--gzip"')).toBe(204);
  expect(await put('W/"nonsense"')).toBe(412);
  expect(await put('W/"1.g", W/"2.g"')).toBe(412);
  expect(asked).toEqual(['1', 'a/b', '3']);
});
