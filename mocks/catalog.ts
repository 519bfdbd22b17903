import { HttpResponse, http } from 'msw';
import type { CatalogCategories, CatalogListed, CatalogPage, CatalogProduct } from '#schemas/upstream/catalog.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { CATEGORIES, DEPARTMENTS } from './seed/categories.ts';
import { pictureOf } from './seed/picture.ts';
import { PRODUCT_COUNT, productAt, productById, type SeedProduct } from './seed/products.ts';

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ error: { code: status, message } }, { status }),
  drift: (answer) => renameTitles(answer),
  empty: (answer) => {
    if ('results' in (answer as object)) return { results: [], total_count: 0, next_cursor: null };
    if ('categories' in (answer as object)) return { categories: [] };
    return injection.error(404, 'no such product');
  },
};

/** A release that renamed `title` to `name`: what drift looks like in practice. */
function renameTitles(answer: object): unknown {
  if ('categories' in answer) return { categories: null };
  if ('results' in answer) return { ...answer, results: (answer.results as object[]).map(renameTitles) };
  const { title, ...rest } = answer as CatalogProduct;
  return { ...rest, name: title };
}

export function catalogHandlers(conduct: Conduct) {
  const handle = (request: Request, resolve: () => object | Response) =>
    misbehave('catalog', request, conduct, injection, resolve);
  return [
    http.get('*/catalog/images/:id/:file', ({ params }) => {
      const product = productById(String(params.id));
      const view = /^([1-9])\.svg$/.exec(String(params.file))?.[1];
      if (!product || !view) return injection.error(404, 'no such image');
      const headers = { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' };
      return new HttpResponse(pictureOf(product, Number(view)), { headers });
    }),
    http.get('*/catalog/categories', ({ request }) => handle(request, () => categories())),
    http.get('*/catalog/products/:id', ({ request, params }) =>
      handle(request, () => {
        const product = productById(String(params.id));
        return product ? wire(product, request) : injection.error(404, 'no such product');
      }),
    ),
    http.get('*/catalog/products', ({ request }) => handle(request, () => list(request))),
  ];
}

function categories(): CatalogCategories {
  return {
    categories: [
      ...DEPARTMENTS.map(({ id, name }) => ({ category_id: id, display_name: name, parent_id: null })),
      ...CATEGORIES.map(({ id, name, parent }) => ({ category_id: id, display_name: name, parent_id: parent })),
    ],
  };
}

function list(request: Request): CatalogPage | Response {
  const query = new URL(request.url).searchParams;
  const ids = query.get('ids');
  if (ids !== null) {
    const found = ids.split(',').flatMap((id) => productById(id) ?? []);
    return { results: found.map((product) => wire(product, request)), total_count: found.length, next_cursor: null };
  }
  const offset = offsetOf(query.get('cursor'));
  const limit = Number(query.get('limit') ?? 24);
  if (offset === undefined) return injection.error(400, 'bad cursor');
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return injection.error(400, 'bad limit');
  const found = search(query.get('q'), query.get('category'), query.get('sort'));
  const next = offset + limit;
  return {
    results: found.slice(offset, next).map((product) => wire(product, request)),
    total_count: found.length,
    next_cursor: next < found.length ? Buffer.from(JSON.stringify({ o: next })).toString('base64url') : null,
  };
}

function offsetOf(cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  try {
    const { o } = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { o: unknown };
    return typeof o === 'number' && Number.isInteger(o) && o >= 0 ? o : undefined;
  } catch {
    return undefined;
  }
}

const searchTexts: string[] = [];

function searchTextOf(product: SeedProduct): string {
  const { index, title, category, colour, material } = product;
  searchTexts[index] ??= `${title} ${category.name} ${colour} ${material}`.toLowerCase();
  return searchTexts[index];
}

function search(q: string | null, category: string | null, sort: string | null): SeedProduct[] {
  const words = (q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const found: SeedProduct[] = [];
  for (let index = 0; index < PRODUCT_COUNT; index++) {
    const product = productAt(index);
    const inCategory = category === null || product.category.id === category || product.category.parent === category;
    if (inCategory && words.every((word) => searchTextOf(product).includes(word))) found.push(product);
  }
  if (sort === 'newest') found.sort((a, b) => b.createdAt - a.createdAt || a.index - b.index);
  if (sort === 'title') found.sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : a.index - b.index));
  return found;
}

function wire(product: SeedProduct, request: Request): CatalogProduct & CatalogListed & { created_at: string } {
  const { origin } = new URL(request.url);
  const { id, title, brand, description, category, imageCount, colour, material, weightGrams, createdAt } = product;
  return {
    product_id: id,
    title,
    brand_name: brand,
    long_description: description,
    category_id: category.id,
    images: Array.from({ length: imageCount }, (_, view) => ({
      href: `${origin}/catalog/images/${id}/${view + 1}.svg`,
      alt: `${title} in ${colour}, view ${view + 1}`,
      width: 400,
      height: 400,
    })),
    attributes: [
      { name: 'Colour', value: colour },
      { name: 'Material', value: material },
      { name: 'Weight', value: `${weightGrams} g` },
    ],
    weight_grams: weightGrams,
    created_at: new Date(createdAt).toISOString(),
  };
}
