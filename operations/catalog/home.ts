import { operation } from '#kernel/contract/operation.ts';
import { optional } from '#kernel/flow/section.ts';
import { cardsFor } from '#operations/parts/cards.ts';
import { newestIds } from '#operations/parts/newest.ts';
import { productIdsIn, toBlocks } from '#operations/shape/blocks.ts';
import { type HomeBlock, HomeInput, HomeView } from '#schemas/view/catalog/home.ts';
import type { ProductCard } from '#schemas/view/catalog/product-card.ts';
import { catalog } from '#services/catalog.ts';
import { content } from '#services/content.ts';

export const getHome = operation(
  {
    id: 'getHome',
    route: 'GET /api/home',
    summary: 'The home page: what editors laid out, with the products that they named',
    audience: 'public',
    input: HomeInput,
    language: 'locale',
    example: {},
    output: HomeView,
    deadline: 2_000,
  },
  async ({ currency, locale }, { all }) => {
    const { layout, categories } = await all({
      layout: optional(content.home(locale)),
      categories: optional(catalog.categories()),
    });
    // Without the editors' layout the shop still has something to show.
    const named = productIdsIn(layout);
    const { ids = [] } = named.length > 0 ? { ids: named } : await all({ ids: optional(newestIds()) });
    const { cards = [] } = await all({ cards: optional(cardsFor(ids, currency)) });
    return { blocks: layout ? toBlocks(layout, cards, categories) : [newArrivals(cards)] };
  },
);

function newArrivals(products: ProductCard[]): HomeBlock {
  return { kind: 'rail', title: 'New arrivals', products };
}
