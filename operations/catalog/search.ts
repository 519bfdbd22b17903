import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { cardsOf } from '#operations/parts/cards.ts';
import { pageFrom, whereNext } from '#operations/parts/where-next.ts';
import { positionOf } from '#operations/shape/cursor.ts';
import { SearchInput, SearchView } from '#schemas/view/catalog/search.ts';
import { type CatalogSearch, catalog } from '#services/catalog.ts';

export const searchProducts = operation(
  {
    id: 'searchProducts',
    route: 'GET /api/products',
    summary: 'Products by words, category and order, page by page',
    audience: 'public',
    shared: { seconds: 60 },
    input: SearchInput,
    example: { q: 'lamp', limit: '12' },
    output: SearchView,
    deadline: 2_000,
  },
  ({ currency, ...search }, { all }) => all({ page: required(cardPage(search, currency)) }, ({ page }) => page),
);

type Search = Omit<CatalogSearch, 'q' | 'category' | 'cursor'> &
  Partial<Pick<CatalogSearch, 'q' | 'category' | 'cursor'>>;

/** One page of the catalog as cards: its products are known only once it is here. */
const cardPage = ({ q, category, cursor, ...rest }: Search, currency: string) =>
  compose(async ({ need, all }) => {
    const from = positionOf(cursor);
    const page = await pageFrom(from, need(catalog.search({ q, category, cursor: from, ...rest })));
    const onward = { upstream: 'catalog', more: page.next_cursor !== null, next: page.next_cursor, from };
    const next = await whereNext(onward, { all });
    return all({ items: required(cardsOf(page.results, currency)) }, ({ items }) => ({
      items,
      total: page.total_count,
      ...next,
    }));
  });
