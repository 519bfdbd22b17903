import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { codedEtag, versionEtag } from '#kernel/http/negotiation/etag.ts';
import { evaluateRead, evaluateWrite, versionsNamed } from '#kernel/http/negotiation/preconditions.ts';
import { startEngine } from '#tests/support/engine.ts';

describe('reads of "h"', () => {
  test.each([
    [{}, 'proceed'],
    [{ ifNoneMatch: '"h"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"h"' }, 'not-modified'],
    [{ ifNoneMatch: '"h-br"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"h-gzip"' }, 'not-modified'],
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

describe('writes', () => {
  const now = versionEtag(5, 'g1');
  test.each([
    // conditions, exists, If-Match required, verdict
    [{}, true, true, 'precondition-required'],
    [{}, false, true, 'precondition-required'],
    [{}, true, false, 'proceed'],
    [{ ifMatch: '"5.g1"' }, true, true, 'proceed'],
    [{ ifMatch: '"5.g0"' }, true, true, 'proceed'],
    [{ ifMatch: '"5.g1-br"' }, true, true, 'proceed'],
    [{ ifMatch: '"4.g1", "5.g1"' }, true, true, 'proceed'],
    [{ ifMatch: '*' }, true, true, 'proceed'],
    [{ ifMatch: '"4.g1"' }, true, true, 'precondition-failed'],
    [{ ifMatch: '"55.g1"' }, true, true, 'precondition-failed'],
    [{ ifMatch: 'W/"5.g1"' }, true, true, 'proceed'],
    [{ ifMatch: 'W/"5.g0-gzip"' }, true, true, 'proceed'],
    [{ ifMatch: '"5.g1;gzip"' }, true, true, 'proceed'],
    [{ ifMatch: '"5.g1-zstd"' }, true, true, 'proceed'],
    [{ ifMatch: 'W/"4.g1", W/"5.g1"' }, true, true, 'proceed'],
    [{ ifMatch: 'W/"4.g1"' }, true, true, 'precondition-failed'],
    [{ ifMatch: 'W/5.g1' }, true, true, 'precondition-failed'],
    [{ ifMatch: 'w/"5.g1"' }, true, true, 'precondition-failed'],
    [{ ifMatch: '"5"' }, true, true, 'precondition-failed'],
    [{ ifMatch: '5.g1' }, true, true, 'precondition-failed'],
    [{ ifMatch: '' }, true, true, 'precondition-failed'],
    [{ ifMatch: '*' }, false, true, 'precondition-failed'],
    [{ ifMatch: '"5.g1"' }, false, true, 'precondition-failed'],
    [{ ifMatch: '"4.g1"' }, true, false, 'precondition-failed'],
    [{ ifNoneMatch: '*' }, true, true, 'precondition-failed'],
    [{ ifNoneMatch: '*' }, false, true, 'proceed'],
    [{ ifNoneMatch: '*' }, false, false, 'proceed'],
    [{ ifNoneMatch: '"4.g1"' }, true, true, 'precondition-required'],
    [{ ifNoneMatch: '"5.g1"' }, true, false, 'precondition-failed'],
    [{ ifNoneMatch: 'W/"5.g1"' }, true, false, 'precondition-failed'],
    [{ ifMatch: '"5.g1"', ifNoneMatch: '*' }, true, true, 'precondition-failed'],
    [{ ifMatch: '"4.g1"', ifNoneMatch: '"x"' }, true, true, 'precondition-failed'],
  ])('%o, exists %s, required %s: %s', (conditions, exists, required, verdict) => {
    expect(evaluateWrite(conditions, exists ? now : undefined, required)).toBe(verdict);
  });

  test('a resource without versions is compared whole', () => {
    expect(evaluateWrite({ ifMatch: '"h-br"' }, '"h"', true)).toBe('proceed');
    expect(evaluateWrite({ ifMatch: '"x"' }, '"h"', true)).toBe('precondition-failed');
    // There a weak tag says that the bytes may differ.
    expect(evaluateWrite({ ifMatch: 'W/"h"' }, '"h"', true)).toBe('precondition-failed');
  });

  test('only the present version passes, in any list, under any generation and coding', () => {
    const version = fc.integer({ min: 1, max: 6 });
    const tag = fc.record({
      version,
      generation: fc.constantFrom('a', 'b'),
      weak: fc.boolean(),
      coding: fc.constantFrom(undefined, 'br' as const, 'gzip' as const),
    });
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1, maxLength: 4 }), version, (tags, current) => {
        const field = tags
          .map(({ version: named, generation, weak, coding }) => {
            const etag = versionEtag(named, generation);
            return (weak ? 'W/' : '') + (coding ? codedEtag(etag, coding) : etag);
          })
          .join(', ');
        const right = tags.some((named) => named.version === current);
        expect(evaluateWrite({ ifMatch: field }, versionEtag(current, 'a'), true)).toBe(
          right ? 'proceed' : 'precondition-failed',
        );
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

test('a write sends the version on that a weakened ETag names', async () => {
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
  expect(await put('W/"nonsense"')).toBe(412);
  expect(await put('W/"1.g", W/"2.g"')).toBe(412);
  expect(asked).toEqual(['1', 'a/b']);
});
