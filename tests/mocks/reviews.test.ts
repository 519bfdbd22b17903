import { afterAll, beforeAll, expect, test } from 'vitest';
import { productAt, productId } from '#mocks/seed/products.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { Review, ReviewPage, ReviewSummary } from '#schemas/upstream/reviews.ts';
import { ask, bearerOf } from './ask.ts';

let mocks: MockServer;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

const WORDS = { rating: 5, headline: 'Warm', body: 'It lights the whole room.' };

async function write(id: string, post: unknown = WORDS, key?: string, scenario?: string) {
  const { status, text } = await ask(mocks, `reviews/products/${id}/reviews`, {
    post,
    headers: { authorization: bearerOf('ada'), ...(key !== undefined && { 'idempotency-key': key }) },
    ...(scenario && { scenario }),
  });
  return { status, body: JSON.parse(text) as unknown };
}

async function written(id: string, ...sent: [post?: unknown, key?: string]): Promise<Review> {
  const { status, body } = await write(id, ...sent);
  expect(status).toBe(201);
  expect(Review.parse(body)).toEqual(body);
  return body as Review;
}

async function page(id: string, query: string, server = mocks): Promise<ReviewPage> {
  return ReviewPage.parse(JSON.parse((await ask(server, `reviews/products/${id}/reviews?${query}`)).text));
}

async function summary(id: string): Promise<ReviewSummary> {
  return ReviewSummary.parse(JSON.parse((await ask(mocks, `reviews/summaries?ids=${id}`)).text).summaries[0]);
}

const withReviews = (wanted: (count: number) => boolean) => {
  for (let index = 0; ; index++) if (wanted(productAt(index).reviewCount)) return productId(index);
};

test('a review is the first of the list, moves the others on, and counts, in this server alone', async () => {
  const id = withReviews((count) => count > 20 && count < 60);
  const before = await page(id, 'page=1&pageSize=20');
  const had = await summary(id);
  const review = await written(id);
  expect(review).toMatchObject({ authorName: 'Ada', stars: 5, headline: WORDS.headline, body: WORDS.body });
  const latest = await written(id, { ...WORDS, rating: 1 });
  const after = await page(id, 'page=1&pageSize=20');
  expect(after.items).toEqual([latest, review, ...before.items.slice(0, 18)]);
  expect((await page(id, 'page=2&pageSize=2')).items).toEqual(before.items.slice(0, 2));
  expect(after.totalItems).toBe(before.totalItems + 2);
  const { reviewCount, averageRating } = await summary(id);
  const stars = Number(had.averageRating) * had.reviewCount + 6;
  expect([reviewCount, averageRating]).toEqual([had.reviewCount + 2, (stars / (had.reviewCount + 2)).toFixed(2)]);

  const other = await startMockServer(0, { latency: 'none' });
  expect(await page(id, 'page=1&pageSize=20', other)).toEqual(before);
  await other.close();
});

test('the first review of a product is all there is of it', async () => {
  const id = withReviews((count) => count === 0);
  const review = await written(id);
  expect(await summary(id)).toEqual({ productId: id, averageRating: '5.00', reviewCount: 1 });
  expect((await page(id, 'page=1&pageSize=10')).items).toEqual([review]);
});

test('a key has one review of each product', async () => {
  const id = productId(77);
  const { reviewCount } = productAt(77);
  const reviews = await Promise.all(Array.from({ length: 5 }, () => written(id, WORDS, 'k')));
  expect(new Set(reviews.map(({ reviewId }) => reviewId)).size).toBe(1);
  expect((await summary(id)).reviewCount).toBe(reviewCount + 1);
  expect((await written(productId(76), WORDS, 'k')).reviewId).not.toBe(reviews[0]?.reviewId);
});

test.each([{}, { ...WORDS, rating: 0 }, { ...WORDS, rating: 6 }, { ...WORDS, rating: 4.5 }, { ...WORDS, body: '' }])(
  '%j is no review',
  async (words) => {
    const { status, body } = await write(productId(78), words);
    expect([status, body]).toEqual([422, { status: 422, reason: 'no whole review' }]);
    expect((await summary(productId(78))).reviewCount).toBe(productAt(78).reviewCount);
  },
);

test('no one writes without a token, or on what is not sold', async () => {
  const { status, text } = await ask(mocks, `reviews/products/${productId(78)}/reviews`, { post: WORDS });
  expect([status, JSON.parse(text)]).toEqual([401, { status: 401, reason: 'no customer by this token' }]);
  expect((await write('p-999999')).status).toBe(404);
});

test('a review is written where the answer drifts, and not where the upstream is down', async () => {
  const id = productId(79);
  expect((await write(id, WORDS, 'k', 'reviews=down')).status).toBe(503);
  const { status, body } = await write(id, WORDS, 'k', 'reviews=drifted');
  expect([status, Review.safeParse(body).success]).toEqual([201, false]);
  expect(await write(id, WORDS, 'k', 'reviews=empty')).toMatchObject({ status: 201, body: { stars: 5 } });
  expect((await summary(id)).reviewCount).toBe(productAt(79).reviewCount + 1);
});
