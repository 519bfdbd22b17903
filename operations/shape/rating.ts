import type { ReviewSummary } from '#schemas/upstream/reviews.ts';
import type { Rating } from '#schemas/view/catalog/rating.ts';

/** A summary as a rating; without reviews it is null, not zero. */
export function toRating({ averageRating, reviewCount }: ReviewSummary): Rating {
  return { average: averageRating === null ? null : Number(averageRating), count: reviewCount };
}
