import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Operation, operation } from '#kernel/contract/operation.ts';
import { matchRoute, type RouteText } from '#kernel/contract/route.ts';
import { matchPath, routesOf } from '#kernel/http/engine/routing.ts';

function at(route: RouteText): Operation {
  const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return operation(
    {
      id: route.replaceAll(/\W+/g, ''),
      route,
      summary: '',
      audience: 'public',
      input: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))),
      example: Object.fromEntries(names.map((name) => [name, 'x'])),
      output: z.object({}),
      deadline: 1_000,
    },
    (_, { all }) => all({}, () => ({})),
  );
}

const ITEM = at('GET /api/items/{id}');
const BEST = at('GET /api/items/best');
const REMOVE = at('DELETE /api/items/{id}');

describe('what stands at a path', () => {
  test.each([[[ITEM, BEST, REMOVE]], [[BEST, REMOVE, ITEM]]])(
    'is a literal route before one with parameters',
    (all) => {
      const routes = routesOf(all);
      expect(matchPath(routes, '/api/items/best')).toEqual({ operations: new Map([['GET', BEST]]), parameters: {} });
    },
  );

  test('is all that a path answers, by method, with its parameters as they came', () => {
    expect(matchPath(routesOf([ITEM, BEST, REMOVE]), '/api/items/a%2Fb')).toEqual({
      operations: new Map([
        ['GET', ITEM],
        ['DELETE', REMOVE],
      ]),
      parameters: { id: 'a%2Fb' },
    });
  });

  test('is nothing where no route is', () => {
    const routes = routesOf([ITEM, BEST, REMOVE]);
    for (const path of ['/', '/api', '/api/items', '/api/other/best', '/api/items/best/', '/x/items/best'])
      expect(matchPath(routes, path), path).toBeUndefined();
  });
});

test('of any routes that one is found which fits with the fewest parameters', () => {
  const segment = fc.constantFrom('a', 'b', '{one}', '{two}');
  const route = fc
    .uniqueArray(segment, { minLength: 1, maxLength: 3 })
    .map((all): RouteText => `GET /api/${all.join('/')}`);
  fc.assert(
    fc.property(
      fc.uniqueArray(route, { minLength: 1, maxLength: 6 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }),
      (texts, path) => {
        const all = texts.map(at);
        const segments = ['api', ...path];
        const counts = all.flatMap(({ route: one }) => {
          const parameters = matchRoute(one, segments);
          return parameters ? [Object.keys(parameters).length] : [];
        });
        const found = matchPath(routesOf(all), `/${segments.join('/')}`);
        expect(found && Object.keys(found.parameters).length).toBe(counts.length > 0 ? Math.min(...counts) : undefined);
      },
    ),
  );
});
