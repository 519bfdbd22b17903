import { cache } from '#kernel/cache/policy.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { CatalogCategories, CatalogPage, CatalogProduct } from '#schemas/upstream/catalog.ts';
import { tags } from './tags.ts';

const http = upstream('catalog', { timeout: 800, attempts: 2, parallel: 64 });

const cached = cache.for('60s').staleFor('10m').staleOnError('1d');
const productsOf = (page: CatalogPage) => page.results.map((product) => tags.product(product.product_id));

/** What a search asks for; names as the catalog has them. */
export interface CatalogSearch {
  readonly q: string | undefined;
  readonly category: string | undefined;
  readonly sort: string;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export const catalog = {
  product: (id: string) => http.get(path`products/${id}`, CatalogProduct, cached.tagged(tags.product(id))),
  products: (ids: readonly string[], cursor?: string) =>
    http.get(
      path`products`.query({ ids: ids.join(','), cursor }),
      CatalogPage,
      cached.tagged(...ids.map(tags.product)),
    ),
  search: (search: CatalogSearch) =>
    http.get(path`products`.query({ ...search }), CatalogPage, cached.tagged<CatalogPage>(tags.products, productsOf)),
  categories: () =>
    http.get(
      path`categories`,
      CatalogCategories,
      cache.for('10m').staleFor('1h').staleOnError('1d').tagged(tags.categories),
    ),
};
