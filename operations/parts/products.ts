import { callError } from '#kernel/base/call-error.ts';
import { optional } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import type { CatalogListed, CatalogPage } from '#schemas/upstream/catalog.ts';
import { catalog } from '#services/catalog.ts';

type Found = Pick<CatalogPage, 'results'>;

/**
 * Products by their ids: if the catalog answers with a part of them, further pages are read; missing ones are reported.
 */
export const productsFor = (ids: readonly string[]) =>
  compose(async ({ need, all }): Promise<Found> => {
    const page = await need(catalog.products(ids));
    if (isComplete(ids, page)) return page;
    const { rest = [] } = await all({ rest: optional(restOf(ids, page)) });
    return { results: [...page.results, ...rest] };
  });

/** The same where nothing can be done with a part of them. */
export const allProductsFor = (ids: readonly string[]) =>
  compose(async ({ need }): Promise<Found> => {
    const page = await need(catalog.products(ids));
    return isComplete(ids, page) ? page : { results: [...page.results, ...(await need(restOf(ids, page)))] };
  });

/** What a page lacks, page by page. One without anything new that was asked for ends it. */
const restOf = (ids: readonly string[], first: CatalogPage) =>
  compose(async ({ need }): Promise<CatalogListed[]> => {
    const rest: CatalogListed[] = [];
    const missing = new Set(ids);
    const take = ({ results }: Found) => results.filter(({ product_id: id }) => missing.delete(id));
    take(first);
    for (let page = first; !isEnd(page) && missing.size > 0; ) {
      if (page.next_cursor === null) throw cut();
      page = await need(catalog.products(ids, page.next_cursor));
      const more = take(page);
      if (more.length === 0) throw cut();
      rest.push(...more);
    }
    return rest;

    /** What is not on the last page does not exist. */
    function isEnd({ next_cursor: next, total_count: total }: CatalogPage): boolean {
      return next === null && first.results.length + rest.length >= total;
    }
  });

const isComplete = (ids: readonly string[], { results, next_cursor: next, total_count: total }: CatalogPage): boolean =>
  (next === null && results.length >= total) ||
  ids.every((id) => results.some(({ product_id: found }) => found === id));

const cut = () => callError('contract', 'products by their ids came in part', { upstream: 'catalog' });
