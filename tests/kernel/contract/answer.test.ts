import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accepted, clearCookie, created, done, found, isAnswer, seeOther } from '#kernel/contract/answer.ts';
import { isRefusal, refuse } from '#kernel/contract/problem.ts';
import { runs } from '#tests/support/long.ts';

const OURS = 'https://shop.test';

describe('answers', () => {
  test('are data: a status, a view, and where it is', () => {
    expect(created({ id: 1 }, { at: '/api/x/1', etag: '"1"' })).toMatchObject({
      status: 201,
      view: { id: 1 },
      at: '/api/x/1',
      etag: '"1"',
    });
    expect(accepted({}, { at: '/api/x/1' })).toMatchObject({ status: 202, at: '/api/x/1' });
    expect(done()).toMatchObject({ status: 204, view: undefined });
    expect(found({ a: 1 }, { etag: '"1"' })).toMatchObject({ status: 200, view: { a: 1 }, etag: '"1"' });
    expect([done(), { kind: 'answer' }, {}, undefined, null, 'answer'].map(isAnswer)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  test('keep their effects in order, and a step makes a new answer', () => {
    const first = done().with(clearCookie('a'));
    const second = first.with(clearCookie('b'), clearCookie('c'));
    expect(second.effects).toEqual([clearCookie('a'), clearCookie('b'), clearCookie('c')]);
    expect(first.effects).toEqual([clearCookie('a')]);
    expect(second.status).toBe(204);
    expect(created(1, { at: '/x', etag: '"v"' }).with(clearCookie('a'))).toMatchObject({
      status: 201,
      view: 1,
      at: '/x',
      etag: '"v"',
    });
  });

  test('a refusal is known by kind', () => {
    const thrown: unknown = (() => {
      try {
        return refuse('out-of-stock', 'Gone.');
      } catch (reason) {
        return reason;
      }
    })();
    expect(thrown).toMatchObject({ kind: 'refusal', slug: 'out-of-stock', message: 'Gone.' });
    expect([thrown, new Error('x'), null].map(isRefusal)).toEqual([true, false, false]);
  });
});

describe('seeOther', () => {
  test.each([
    ['/', '/'],
    ['/cart', '/cart'],
    ['/search?q=a%20b&page=2#top', '/search?q=a%20b&page=2#top'],
    ['/a/../b', '/b'],
    ['/?to=//evil.test', '/?to=//evil.test'],
    ['/#//evil.test', '/#//evil.test'],
  ])('goes to %j', (at, location) => {
    expect(seeOther(at)).toMatchObject({ status: 303, at: location });
  });

  test.each([
    '',
    'cart',
    './cart',
    '?a=1',
    '#a',
    'https://evil.test',
    'https:/evil.test',
    'https:evil.test',
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.test',
    '///evil.test',
    '////evil.test',
    '/\\evil.test',
    '\\/evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '/\r/evil.test',
    '\t//evil.test',
    ' //evil.test',
    ' /cart',
    '\n/cart',
    '/\\\t/evil.test',
    '//evil.test@shop.test',
    '//local.invalid@evil.test/',
    '//[::1]/',
    '/..//evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    '/%2e//evil.test',
    '/%2e%2e//evil.test',
    '/.\\\\evil.test',
    '/x/../\\evil.test',
    '/./\t/evil.test',
  ])('refuses %j, or keeps it with us', (at) => {
    let location: string;
    try {
      location = seeOther(at).at ?? '';
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(TypeError);
      return;
    }
    expect(location).toMatch(/^\/(?!\/)/);
    expect(new URL(location, OURS).origin).toBe(OURS);
  });

  test.each(['', 'cart', './cart', '?a=1', '#a', ' /cart', 'http://local.invalid/x'])(
    'refuses %j, which is no path from our root',
    (at) => {
      expect(() => seeOther(at)).toThrow(TypeError);
    },
  );

  test('never leads away, whatever text it is given', () => {
    const tricky = fc.string({
      unit: fc.constantFrom('/', '\\', '.', '%2e', '%2f', '\t', '\n', '@', ':', 'e', '?', '#', ' ', 'evil.test'),
    });
    fc.assert(
      fc.property(tricky, (rest) => {
        let location: string;
        try {
          location = seeOther(`/${rest}`).at ?? '';
        } catch {
          return;
        }
        expect(new URL(location, OURS).origin).toBe(OURS);
      }),
      { numRuns: runs(5_000) },
    );
  });
});
