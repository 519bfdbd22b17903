import { eachOf, optional, required } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import type { CatalogListed } from '#schemas/upstream/catalog.ts';
import { pricing } from '#services/pricing.ts';
import { reviews } from '#services/reviews.ts';
import { toCard } from '../shape/card.ts';
import { productsFor } from './products.ts';

const NONE: Readonly<Record<string, never>> = {};

/** Cards for products that are here already, with prices and ratings where they can be had. */
export const cardsOf = (products: readonly CatalogListed[], currency: string) =>
  compose(({ all }) => {
    const ids = products.map((product) => product.product_id);
    return all(
      {
        prices: optional(
          eachOf(ids, (id) => pricing.price(id, currency)),
          NONE,
        ),
        ratings: optional(eachOf(ids, reviews.summary), NONE),
      },
      ({ prices = NONE, ratings = NONE }) =>
        products.map((product) => toCard(product, prices[product.product_id], ratings[product.product_id])),
    );
  });

/** Cards for ids, in their order; an id that the catalog does not know is left out. */
export const cardsFor = (ids: readonly string[], currency: string) =>
  compose(({ all }) =>
    all(
      {
        products: required(productsFor(ids)),
        prices: optional(
          eachOf(ids, (id) => pricing.price(id, currency)),
          NONE,
        ),
        ratings: optional(eachOf(ids, reviews.summary), NONE),
      },
      ({ products, prices = NONE, ratings = NONE }) => {
        const byId = new Map(products.results.map((product) => [product.product_id, product]));
        return ids.flatMap((id) => {
          const product = byId.get(id);
          return product ? [toCard(product, prices[id], ratings[id])] : [];
        });
      },
    ),
  );
