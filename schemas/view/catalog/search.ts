import { z } from 'zod';
import { Currency } from '#schemas/view/money.ts';
import { wholeNumber } from '#schemas/view/whole-number.ts';
import { CategoryId } from './category.ts';
import { ProductCard } from './product-card.ts';

export const SORTS = ['relevance', 'newest', 'title'] as const;

/** A place in a list, as the last page gave it. Opaque to clients. */
export const Cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,7000}$/, 'must be a cursor as the last page gave it')
  .meta({ description: 'Where the last page ended', example: 'eyJvIjoyNH0' });

export const SearchInput = z.object({
  q: z.string().trim().min(1).max(80).optional(),
  category: CategoryId.optional(),
  sort: z.enum(SORTS).default('relevance'),
  currency: Currency.default('EUR'),
  limit: wholeNumber(1, 48).default(24),
  cursor: Cursor.optional(),
});

/** One page of products. */
export const SearchView = z
  .object({ items: z.array(ProductCard), total: z.int().nonnegative(), next: z.string().optional() })
  .meta({ id: 'Search' });
export type SearchView = z.infer<typeof SearchView>;
