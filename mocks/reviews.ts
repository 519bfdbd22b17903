import { HttpResponse, http } from 'msw';
import { type Review, ReviewDraft, type ReviewPage, type ReviewSummary } from '#schemas/upstream/reviews.ts';
import type { SubjectOf } from './bearer.ts';
import { bodyOf, created, createOnce } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { customerOf } from './seed/customers.ts';
import { productById, type SeedProduct } from './seed/products.ts';
import { reviewAt } from './seed/reviews.ts';

type Answer = { summaries: ReviewSummary[] } | ReviewPage | Review;

/** Stars as text: a release that thought of the page and not of its readers. */
const inWords = ({ stars, ...review }: Review) => ({ ...review, stars: `${stars}/5` });

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ status, reason: message }, { status }),
  drift: (answer: Answer) => {
    if ('items' in answer) return { ...answer, items: answer.items.map(inWords) };
    if ('stars' in answer) return inWords(answer);
    return {
      summaries: answer.summaries.map((summary) => ({ ...summary, averageRating: Number(summary.averageRating) })),
    };
  },
  empty: (answer: Answer) => {
    if ('items' in answer) return { ...answer, totalItems: 0, items: [] };
    // What has just been written is there, even where all else is gone.
    if ('stars' in answer) return answer;
    return { summaries: answer.summaries.map((summary) => ({ ...summary, averageRating: null, reviewCount: 0 })) };
  },
};

export function reviewsHandlers(conduct: Conduct, subjectOf: SubjectOf) {
  /** What customers have written since the seed, by product, newest first. */
  const written = new Map<string, Review[]>();
  const writtenOn = (id: string): readonly Review[] => written.get(id) ?? [];
  const once = createOnce();

  const write = (product: SeedProduct, subject: string, body: unknown) => {
    const { success, data } = ReviewDraft.safeParse(body);
    if (!success) return injection.error(422, 'no whole review');
    const earlier = writtenOn(product.id);
    const review = {
      reviewId: `r-${product.index}-new-${earlier.length + 1}`,
      authorName: customerOf(subject).givenName,
      stars: data.rating,
      headline: data.headline,
      body: data.body,
      submittedAt: Date.now(),
    };
    written.set(product.id, [review, ...earlier]);
    return review;
  };

  return [
    http.get('*/reviews/summaries', ({ request }) =>
      misbehave('reviews', request, conduct, injection, () => {
        const ids = new URL(request.url).searchParams.get('ids')?.split(',') ?? [];
        return { summaries: ids.flatMap((id) => summaryOf(id, writtenOn(id))) };
      }),
    ),
    http.get('*/reviews/products/:id/reviews', ({ request, params }) =>
      misbehave('reviews', request, conduct, injection, () => {
        const id = String(params.id);
        return page(id, new URL(request.url).searchParams, writtenOn(id));
      }),
    ),
    http.post('*/reviews/products/:id/reviews', ({ request, params }) =>
      created(
        misbehave('reviews', request, conduct, injection, async () => {
          const subject = await subjectOf(request.headers.get('authorization') ?? undefined);
          if (subject === undefined) return injection.error(401, 'no customer by this token');
          const product = productById(String(params.id));
          if (!product) return injection.error(404, 'no such product');
          const body = await bodyOf(request);
          return once(request, `${subject} ${product.id}`, () => write(product, subject, body));
        }),
      ),
    ),
  ];
}

function summaryOf(productId: string, written: readonly Review[]): ReviewSummary[] {
  const product = productById(productId);
  if (!product) return [];
  const reviewCount = product.reviewCount + written.length;
  const stars = written.reduce((sum, review) => sum + review.stars, (product.rating / 100) * product.reviewCount);
  return [{ productId, averageRating: reviewCount === 0 ? null : (stars / reviewCount).toFixed(2), reviewCount }];
}

function page(id: string, query: URLSearchParams, written: readonly Review[]): ReviewPage | Response {
  const product = productById(id);
  if (!product) return injection.error(404, 'no such product');
  const number = Number(query.get('page') ?? 1);
  const pageSize = Number(query.get('pageSize') ?? 10);
  const first = (number - 1) * pageSize;
  const totalItems = written.length + product.reviewCount;
  const count = Math.max(0, Math.min(pageSize, totalItems - first));
  return {
    page: number,
    pageSize,
    totalItems,
    items: Array.from({ length: count }, (_, offset) => {
      const index = first + offset;
      return written[index] ?? seeded(product, index - written.length);
    }),
  };
}

function seeded(product: SeedProduct, index: number): Review {
  const { id, author, stars, headline, text, at } = reviewAt(product, index);
  return { reviewId: id, authorName: author, stars, headline, body: text, submittedAt: at };
}
