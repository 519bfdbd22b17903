import { HttpResponse, http } from 'msw';
import type { Recommendations } from '#schemas/upstream/recommendations.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { CATEGORIES } from './seed/categories.ts';
import { PRODUCT_COUNT, productById, productId } from './seed/products.ts';
import { between, randomFrom } from './seed/random.ts';

type Recommended = Recommendations & { model: string; recs: { score: number; reason: string }[] };

const STRIDE = CATEGORIES.length;
const LARGE = 97;

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ ok: false, message }, { status }),
  drift: (answer: Recommendations) => ({ ...answer, recs: answer.recs.map(({ item }) => item) }),
  empty: (answer: Recommendations) => ({ ...answer, recs: [] }),
};

export function recommendationsHandlers(conduct: Conduct) {
  return [
    http.get('*/recommendations/related/:id', ({ request, params }) =>
      misbehave('recommendations', request, conduct, injection, () => {
        const product = productById(String(params.id));
        if (!product) return injection.error(404, 'no such item');
        // Steps of the number of categories stay within the product's own.
        return recommend(
          'similar-items/7',
          limitOf(request),
          (index) => product.index + STRIDE * (index + 1) * LARGE,
          'same-category',
        );
      }),
    ),
    http.get('*/recommendations/customers/:id', ({ request, params }) =>
      misbehave('recommendations', request, conduct, injection, () => {
        const random = randomFrom([...String(params.id)].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
        return recommend('for-you/3', limitOf(request), () => between(random, 0, PRODUCT_COUNT - 1), 'bought-similar');
      }),
    ),
  ];
}

function limitOf(request: Request): number {
  return Math.min(24, Number(new URL(request.url).searchParams.get('limit') ?? 8));
}

function recommend(model: string, limit: number, at: (index: number) => number, reason: string): Recommended {
  return {
    model,
    recs: Array.from({ length: limit }, (_, index) => ({
      item: productId(at(index) % PRODUCT_COUNT),
      score: Math.round(1_000 * 0.97 ** index) / 1_000,
      reason,
    })),
  };
}
