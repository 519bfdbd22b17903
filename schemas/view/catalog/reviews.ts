import { z } from 'zod';
import { wholeNumber } from '#schemas/view/whole-number.ts';
import { ProductId } from './product-id.ts';
import { Rating } from './rating.ts';
import { Cursor } from './search.ts';

export const ReviewsInput = z.object({
  id: ProductId,
  limit: wholeNumber(1, 50).default(10),
  cursor: Cursor.optional(),
});

export const ReviewView = z
  .object({
    id: z.string(),
    author: z.string(),
    rating: z.number().min(0).max(5),
    title: z.string(),
    text: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Review' });
export type ReviewView = z.infer<typeof ReviewView>;

/** What a buyer writes. */
export const ReviewDraft = z
  .strictObject({
    rating: z.int().min(1).max(5),
    title: z.string().trim().min(1).max(120),
    text: z.string().trim().min(1).max(4_000),
  })
  .meta({ id: 'ReviewDraft' });

/** One page of what buyers wrote, newest first. */
export const ReviewsView = z
  .object({
    items: z.array(ReviewView),
    rating: Rating.optional(),
    total: z.int().nonnegative(),
    next: z.string().optional(),
  })
  .meta({ id: 'Reviews' });
export type ReviewsView = z.infer<typeof ReviewsView>;
