import { z } from 'zod';
import { created } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, subject } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { orRefuse } from '#operations/parts/or-refuse.ts';
import { whereNext } from '#operations/parts/where-next.ts';
import { positionOf, refuseCursor } from '#operations/shape/cursor.ts';
import { toRating } from '#operations/shape/rating.ts';
import type { ReviewPage } from '#schemas/upstream/reviews.ts';
import { ProductId } from '#schemas/view/catalog/product-id.ts';
import { ReviewDraft, ReviewsInput, ReviewsView, ReviewView } from '#schemas/view/catalog/reviews.ts';
import { reviews } from '#services/reviews.ts';

export const listReviews = operation(
  {
    id: 'listReviews',
    route: 'GET /api/products/{id}/reviews',
    summary: 'What buyers wrote about a product, newest first',
    audience: 'public',
    shared: { seconds: 60 },
    input: ReviewsInput,
    example: { id: 'p-000042' },
    output: ReviewsView,
    deadline: 1_500,
  },
  ({ id, limit, cursor }, { all }) =>
    all(
      {
        page: subject(pageAt(id, limit, cursor === undefined ? 1 : pageOf(cursor, limit))),
        rating: optional(reviews.summary(id)),
      },
      ({ page: { items, total, onward }, rating }) => ({
        items,
        total,
        ...(rating && { rating: toRating(rating) }),
        ...onward,
      }),
    ),
);

export const createReview = operation(
  {
    id: 'createReview',
    route: 'POST /api/products/{id}/reviews',
    summary: 'Says what a buyer thinks of a product',
    audience: 'personal',
    input: z.object({ id: ProductId }),
    example: { id: 'p-000042' },
    form: true,
    body: { kind: 'json', schema: ReviewDraft, limit: 40_000 },
    answers: { 201: ReviewView },
    deadline: 2_500,
  },
  async ({ id }, { need, body: { rating, title: headline, text: body }, key }) => {
    const written = await orRefuse(need(reviews.write(id, { rating, headline, body }, key)));
    return created(toReview(written), { at: `/api/products/${id}/reviews` });
  },
);

/** One page of a product's reviews. An upstream that answers with another page than was asked for leads nowhere. */
const pageAt = (id: string, limit: number, asked: number) =>
  compose(async ({ need, all }) => {
    const page = await need(reviews.page(id, asked, limit));
    const [from, next] = [`${asked}.${limit}`, `${asked + 1}.${limit}`];
    const onward = { upstream: 'reviews', more: !isLast(page), next: page.page === asked ? next : null, from };
    return { items: page.items.map(toReview), total: page.totalItems, onward: await whereNext(onward, { all }) };
  });

function toReview({ reviewId, authorName, stars, headline, body, submittedAt }: ReviewPage['items'][number]) {
  return {
    id: reviewId,
    author: authorName,
    rating: stars,
    title: headline,
    text: body,
    at: new Date(submittedAt).toISOString(),
  };
}

const LAST_PAGE = 999_999;

const isLast = ({ page, pageSize, totalItems }: ReviewPage): boolean =>
  page * pageSize >= totalItems || page >= LAST_PAGE;

/** The upstream counts pages; a cursor is such a page, bound to its size so that two lists are not mixed. */
function pageOf(cursor: string, limit: number): number {
  const match = /^([1-9]\d{0,5})\.(\d{1,2})$/.exec(positionOf(cursor));
  if (!match || Number(match[2]) !== limit) return refuseCursor();
  return Number(match[1]);
}
