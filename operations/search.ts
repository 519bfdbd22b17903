import { isFault } from '#kernel/base/fault.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/refusal.ts';
import { required } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { SearchInput, SearchView } from '#schemas/view/search.ts';
import { type CatalogSearch, catalog } from '#services/catalog.ts';
import { cardsOf } from './parts/cards.ts';
import { BAD_CURSOR } from './shape/bad-cursor.ts';

export const searchProducts = operation(
  {
    id: 'searchProducts',
    route: 'GET /api/products',
    summary: 'Products by words, category and order, page by page',
    audience: 'public',
    input: SearchInput,
    example: { q: 'lamp', limit: '12' },
    output: SearchView,
    deadline: 2_000,
  },
  ({ currency, ...search }, { all }) => all({ page: required(cardPage(search, currency)) }, ({ page }) => page),
);

type Search = Omit<CatalogSearch, 'q' | 'category' | 'cursor'> &
  Partial<Pick<CatalogSearch, 'q' | 'category' | 'cursor'>>;

/** One page of the catalog as cards: what is on it is known only once it is here. */
const cardPage = ({ q, category, cursor, ...rest }: Search, currency: string) =>
  compose(async ({ need, all }) => {
    const page = await need(catalog.search({ q, category, cursor, ...rest })).catch((failure: unknown) => {
      // Cursors are the catalog's own: only the catalog can tell a bad one.
      const refused = cursor !== undefined && isFault(failure) && failure.status === 400;
      if (refused) refuse('invalid-request', 'The cursor is not one that a page of this list gave.', BAD_CURSOR);
      throw failure;
    });
    return all({ items: required(cardsOf(page.results, currency)) }, ({ items }) => ({
      items,
      total: page.total_count,
      ...(page.next_cursor !== null && { next: page.next_cursor }),
    }));
  });
