import { z } from 'zod';
import { UpstreamCursor } from './cursor.ts';

const ProductId = z.string().regex(/^p-[0-9]{6}$/);
const CategoryId = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

/** A product as the catalog has it. Its `href`s are absolute. */
export const CatalogProduct = z.object({
  product_id: ProductId,
  title: z.string().min(1),
  brand_name: z.string(),
  long_description: z.string(),
  category_id: CategoryId,
  images: z.array(z.object({ href: z.url(), alt: z.string(), width: z.int().positive(), height: z.int().positive() })),
  attributes: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type CatalogProduct = z.infer<typeof CatalogProduct>;

/** A product in a list: what a card, a cart and a parcel are made of. */
const CatalogListed = CatalogProduct.pick({ product_id: true, title: true, images: true }).extend({
  weight_grams: z.int().positive().max(1e8),
});
export type CatalogListed = z.infer<typeof CatalogListed>;

/** One page of a list; `next_cursor` is null on the last. */
export const CatalogPage = z.object({
  results: z.array(CatalogListed),
  total_count: z.int().nonnegative(),
  next_cursor: UpstreamCursor,
});
export type CatalogPage = z.infer<typeof CatalogPage>;

/** A flat list makes the tree: `parent_id` is null at the top. */
export const CatalogCategories = z.object({
  categories: z.array(
    z.object({ category_id: CategoryId, display_name: z.string().min(1), parent_id: CategoryId.nullable() }),
  ),
});
export type CatalogCategories = z.infer<typeof CatalogCategories>;
