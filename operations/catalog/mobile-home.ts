import { legacyAdapter } from '#kernel/contract/legacy-adapter.ts';
import { operation } from '#kernel/contract/operation.ts';
import { eachOf, optional } from '#kernel/flow/section.ts';
import { privateId } from '#kernel/identity/principal.ts';
import { cardsFor } from '#operations/parts/cards.ts';
import { newestIds } from '#operations/parts/newest.ts';
import { suggestedCards } from '#operations/parts/suggested.ts';
import { productIdsIn } from '#operations/shape/blocks.ts';
import { piecesIn } from '#operations/shape/cart.ts';
import { toHomeV1 } from '#operations/shape/home-v1.ts';
import { toMobileCard } from '#operations/shape/mobile-card.ts';
import { toOrderSummary } from '#operations/shape/order.ts';
import { toStock } from '#operations/shape/stock.ts';
import { MobileHomeInput, MobileHomeView } from '#schemas/view/catalog/mobile-home.ts';
import { HomeV1View } from '#schemas/view/v1/home.ts';
import { cart } from '#services/cart.ts';
import { catalog } from '#services/catalog.ts';
import { content } from '#services/content.ts';
import { inventory } from '#services/inventory.ts';
import { orders } from '#services/orders.ts';

/** The public part. */
const NOTHING = { cart: undefined, orders: undefined };

export const getMobileHome = operation(
  {
    id: 'getMobileHome',
    route: 'GET /api/mobile/home',
    summary: "Everything that the app's first screen needs, in one answer of at most 8 kB",
    audience: 'either',
    input: MobileHomeInput,
    language: 'locale',
    example: {},
    output: MobileHomeView,
    apps: true,
    deadline: 2_000,
  },
  async ({ currency, locale }, { all, principal }) => {
    const [{ layout, categories, suggested }, { cart: cartContents, orders: page }] = await Promise.all([
      all({
        layout: optional(content.home(locale)),
        categories: optional(catalog.categories()),
        suggested: optional(suggestedCards(principal, currency)),
      }),
      principal.kind === 'anonymous'
        ? NOTHING
        : all({ cart: optional(cart.read(privateId('owner', principal))), orders: optional(orders.page(1)) }),
    ]);
    const latest = page?.edges[0]?.node;
    const named = productIdsIn(layout);
    const { ids = [] } = named.length > 0 ? { ids: named } : await all({ ids: optional(newestIds()) });
    const { cards = [], stock = {} } = await all({
      cards: optional(cardsFor(ids, currency)),
      stock: optional(eachOf([...new Set([...ids, ...(suggested ?? []).map((card) => card.id)])], inventory.level)),
    });

    const byId = new Map(cards.map((card) => [card.id, card]));
    const mobile = (card: (typeof cards)[number]) => {
      const level = stock[card.id];
      return toMobileCard(card, level && toStock(level));
    };
    const hero = layout?.blocks.find((block) => block.blockType === 'heroBanner');
    const rails = layout?.blocks.flatMap((block) =>
      block.blockType === 'productRail'
        ? [{ title: block.heading, items: block.productIds.flatMap((id) => byId.get(id) ?? []).map(mobile) }]
        : [],
    );
    return {
      ...(hero && {
        hero: {
          title: hero.heading,
          text: hero.copy,
          link: hero.cta.target,
          ...(hero.picture && { image: hero.picture.url }),
        },
      }),
      rails: rails ?? [{ title: 'New arrivals', items: cards.map(mobile) }],
      ...(cartContents && { cart: { pieces: piecesIn(cartContents.items) } }),
      ...(latest && { latestOrder: toOrderSummary(latest) }),
      ...(suggested && { suggested: suggested.map(mobile) }),
      ...(categories && {
        categories: categories.categories.flatMap(({ category_id: id, display_name: name, parent_id }) =>
          parent_id === null ? [{ id, name }] : [],
        ),
      }),
    };
  },
);

/** For builds from before the one answer per screen; they can't be updated, so their shape stays. */
export const getHomeV1 = legacyAdapter(
  getMobileHome,
  {
    id: 'getHomeV1',
    route: 'GET /api/v1/home',
    summary: 'The first screen as apps before 2.0 know it',
    output: HomeV1View,
    // Its words and those of its builds are English, whatever phones ask for.
    language: undefined,
    deprecated: { since: '2026-09-01', sunset: '2027-06-30', successor: '/api/mobile/home' },
  },
  toHomeV1,
);
