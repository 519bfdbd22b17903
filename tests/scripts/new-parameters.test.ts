import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shapeOf } from '#tests/support/inferred.ts';
import type { Read } from '../../scripts/new/files/edits.ts';
import { filled, namedPath, parameterNames, parametersOf } from '../../scripts/new/path-parameters.ts';
import { newEndpoint } from '../../scripts/new/texts/endpoint.ts';
import { newScreen } from '../../scripts/new/texts/screen.ts';
import { newUpstream } from '../../scripts/new/texts/upstream.ts';

const SAMPLE = { product_id: 'sku-7', title: 'A chair' };
const read: Read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
const textIn = (drafts: ReturnType<typeof newEndpoint>) => (path: string) =>
  drafts.find((draft) => draft.path === path)?.text ?? `no ${path}`;

test.each([
  ['products/{product_id}', 'products/{productId}', 'products/sku-7'],
  ['stores/{store}/products/{productId}', 'stores/{store}/products/{productId}', 'stores/1/products/sku-7'],
  ['products', 'products', 'products'],
])('%s is a path of parameters with names, and has values out of the sample', (path, named, example) => {
  expect(namedPath(path)).toBe(named);
  expect(filled(named, parametersOf(parameterNames(named), SAMPLE))).toBe(example);
});

test.each(['a/{path}', 'a/{id}/{id}', 'a/{1}', 'a/{-}'])('%s has one that the code can’t name', (path) =>
  expect(() => namedPath(path)).toThrow(/can't call/),
);

test('a value that is masked, or that no path takes, is not the example', () => {
  for (const id of ['‹masked›', '../x', '', null, true])
    expect(parametersOf(['id'], { id })).toEqual([{ name: 'id', example: '1' }]);
  expect(parametersOf(['id'], { id: 42 })).toEqual([{ name: 'id', example: '42' }]);
});

test('they are arguments of the client, and the input of an endpoint over it', () => {
  const path = 'v1/products/{productId}';
  const parameters = parametersOf(parameterNames(path), SAMPLE);
  const shape = shapeOf(SAMPLE);
  const made = textIn(newUpstream(read, { name: 'shelf', path, shape, seed: SAMPLE, isPrivate: false, parameters }));
  expect(made('services/shelf.ts')).toContain(
    'products: (productId: string) => http.get(path`v1/products/$\u007bproductId}`, ShelfProducts, kept)',
  );
  expect(made('mocks/shelf.ts')).toContain("'*/shelf/v1/products/:productId'");
  expect(made('tests/mocks/misbehaviour.test.ts')).toContain("target: 'shelf/v1/products/sku-7'");
  const first = { upstream: 'shelf', call: 'products', shape, sample: SAMPLE, parameters };
  const endpoint = textIn(newEndpoint(read, 'shelf-item', first, () => undefined));
  const operation = endpoint('operations/shelf/shelf-item.ts');
  expect(operation).toContain("route: 'GET /api/shelf-item/{productId}'");
  expect(operation).toContain('input: z.object({ productId: z.string().regex(OPAQUE_ID) })');
  expect(operation).toContain('({ productId }, { all }) => all(sectionsOf(productId), toShelfItemView)');
  expect(endpoint('app/api/shelf-item/[productId]/route.ts')).toContain('serve(getShelfItem)');
  expect(endpoint('tests/operations/shelf/shelf-item.test.ts')).toContain("const TARGET = '/api/shelf-item/sku-7'");
  const own = { name: 'shelf', path: 'v1/products/{shelf}', shape, seed: SAMPLE, isPrivate: false };
  expect(() => newUpstream(read, own)).toThrow(/called as the upstream is/);
  expect(() => newScreen((file) => (file.endsWith('shelf-item.ts') ? operation : read(file)), 'shelf-item')).toThrow(
    /has parameters/,
  );
});
