import { HttpResponse, http } from 'msw';
import type { ReviewPage, ReviewSummary } from '#schemas/upstream/reviews.ts';
import { type Conduct, type Faults, misbehave } from './misbehave.ts';
import { productById } from './seed/products.ts';
import { reviewAt } from './seed/reviews.ts';

const faults: Faults = {
  error: (status, message) => HttpResponse.json({ status, reason: message }, { status }),
  drift: (answer: { summaries?: ReviewSummary[] } | ReviewPage) =>
    'items' in answer
      ? { ...answer, items: answer.items.map(({ stars, ...review }) => ({ ...review, stars: `${stars}/5` })) }
      : {
          summaries: answer.summaries?.map((summary) => ({ ...summary, averageRating: Number(summary.averageRating) })),
        },
  empty: (answer: { summaries?: ReviewSummary[] } | ReviewPage) =>
    'items' in answer
      ? { ...answer, totalItems: 0, items: [] }
      : { summaries: answer.summaries?.map((summary) => ({ ...summary, averageRating: null, reviewCount: 0 })) },
};

export function reviewsHandlers(conduct: Conduct) {
  return [
    http.get('*/reviews/summaries', ({ request }) =>
      misbehave('reviews', request, conduct, faults, () => {
        const ids = new URL(request.url).searchParams.get('ids')?.split(',') ?? [];
        return { summaries: ids.flatMap(summaryOf) };
      }),
    ),
    http.get('*/reviews/products/:id/reviews', ({ request, params }) =>
      misbehave('reviews', request, conduct, faults, () => page(String(params.id), new URL(request.url).searchParams)),
    ),
  ];
}

function summaryOf(productId: string): ReviewSummary[] {
  const product = productById(productId);
  if (!product) return [];
  const { reviewCount, rating } = product;
  const averageRating = reviewCount === 0 ? null : (rating / 100).toFixed(2);
  return [{ productId, averageRating, reviewCount }];
}

function page(id: string, query: URLSearchParams): ReviewPage | Response {
  const product = productById(id);
  if (!product) return faults.error(404, 'no such product');
  const number = Number(query.get('page') ?? 1);
  const pageSize = Number(query.get('pageSize') ?? 10);
  const first = (number - 1) * pageSize;
  const count = Math.max(0, Math.min(pageSize, product.reviewCount - first));
  return {
    page: number,
    pageSize,
    totalItems: product.reviewCount,
    items: Array.from({ length: count }, (_, offset) => {
      const { id: reviewId, author, stars, headline, text, at } = reviewAt(product, first + offset);
      return { reviewId, authorName: author, stars, headline, body: text, submittedAt: at };
    }),
  };
}
