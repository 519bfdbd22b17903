import { z } from 'zod';
import { EpochMilliseconds } from './instant.ts';

/** The average rating of one product: a decimal string such as "4.37"; null without reviews. */
export const ReviewSummary = z.object({
  productId: z.string().regex(/^p-[0-9]{6}$/),
  averageRating: z
    .string()
    .regex(/^(?:[0-4]\.[0-9]{2}|5\.00)$/)
    .nullable(),
  reviewCount: z.int().nonnegative(),
});
export type ReviewSummary = z.infer<typeof ReviewSummary>;

/** What one buyer thinks; `submittedAt` is in epoch milliseconds. */
export const Review = z.object({
  reviewId: z.string().min(1),
  authorName: z.string(),
  stars: z.int().min(1).max(5),
  headline: z.string(),
  body: z.string(),
  submittedAt: EpochMilliseconds,
});
export type Review = z.infer<typeof Review>;

/** One page of a product's reviews, newest first. */
export const ReviewPage = z.object({
  page: z.int().positive(),
  pageSize: z.int().positive(),
  totalItems: z.int().nonnegative(),
  items: z.array(Review),
});
export type ReviewPage = z.infer<typeof ReviewPage>;

/** A review as it is sent. */
export const ReviewDraft = z.object({
  rating: z.int().min(1).max(5),
  headline: z.string().min(1),
  body: z.string().min(1),
});
export type ReviewDraft = z.infer<typeof ReviewDraft>;
