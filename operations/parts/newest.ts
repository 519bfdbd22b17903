import { compose } from '#kernel/flow/tools.ts';
import { catalog } from '#services/catalog.ts';

const NEWEST = 12;

/** The newest products, for a page whose editors' layout can't be had. */
export const newestIds = () =>
  compose(async ({ need }) => {
    const search = { q: undefined, category: undefined, sort: 'newest', limit: NEWEST, cursor: undefined };
    const { results } = await need(catalog.search(search));
    return results.map((product) => product.product_id);
  });
