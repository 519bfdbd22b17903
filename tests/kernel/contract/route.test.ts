import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchRoute, parseRoute } from '#kernel/contract/route.ts';

describe('a route', () => {
  test.each([
    ['GET /api/home', 'GET', [{ literal: 'api' }, { literal: 'home' }]],
    ['GET /api/products/{id}', 'GET', [{ literal: 'api' }, { literal: 'products' }, { parameter: 'id' }]],
    [
      'DELETE /api/cart/lines/{lineId}',
      'DELETE',
      [{ literal: 'api' }, { literal: 'cart' }, { literal: 'lines' }, { parameter: 'lineId' }],
    ],
    [
      'PATCH /api/a/{b}/c/{d}',
      'PATCH',
      [{ literal: 'api' }, { literal: 'a' }, { parameter: 'b' }, { literal: 'c' }, { parameter: 'd' }],
    ],
    ['GET /api/openapi.json', 'GET', [{ literal: 'api' }, { literal: 'openapi.json' }]],
  ])('%s is taken apart', (text, method, segments) => {
    expect(parseRoute(text)).toEqual({ method, template: text.slice(method.length + 1), segments });
  });

  test.each([
    '',
    'GET',
    '/api/home',
    'get /api/home',
    'FETCH /api/home',
    'GET /home',
    'GET /api',
    'GET /api/',
    'GET /api/home/',
    'GET /api//home',
    'GET  /api/home',
    'GET /api/Home',
    'GET /api/home?x=1',
    'GET /api/{}',
    'GET /api/{Id}',
    'GET /api/{id',
    'GET /api/id}',
    'GET /api/x{id}',
    'GET /api/{id}x',
    'GET /api/{a-b}',
    'GET /api/%2e',
    'GET /api/home\n',
  ])('%j is refused by name', (text) => {
    expect(() => parseRoute(text)).toThrow(TypeError);
    expect(() => parseRoute(text)).toThrow(text);
  });

  test('that names a parameter twice is refused', () => {
    expect(() => parseRoute('GET /api/{id}/x/{id}')).toThrow(TypeError);
  });

  test('gives each parameter the segment in its place, untouched', () => {
    const route = parseRoute('GET /api/a/{one}/b/{two}');
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, two) => {
        expect(matchRoute(route, ['api', 'a', one, 'b', two])).toEqual({ one, two });
        expect(matchRoute(route, ['api', 'a', one, 'c', two])).toBeUndefined();
        expect(matchRoute(route, ['api', 'a', one, 'b'])).toBeUndefined();
        expect(matchRoute(route, ['api', 'a', one, 'b', two, ''])).toBeUndefined();
      }),
    );
  });
});
