import { cache } from '#kernel/cache/policy.ts';
import { purging } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { Review, type ReviewDraft, ReviewPage, ReviewSummary } from '#schemas/upstream/reviews.ts';
import { tags } from './tags.ts';

const http = upstream('reviews', { timeout: 600, attempts: 2, parallel: 32 });

const cached = cache.for('2m').staleFor('30m').staleOnError('1d');

const summaries = http.batch('summaries', ReviewSummary, {
  max: 100,
  request: (ids) => ({ get: path`summaries`.query({ ids: ids.join(',') }) }),
  list: 'summaries',
  id: 'productId',
});

export const reviews = {
  summary: (id: string) => summaries(id, {}, cached.tagged(tags.reviews(id))),
  /** Under the buyer's own token. */
  write: (id: string, draft: ReviewDraft, key: string | undefined) =>
    purging(
      http.asUser.post(path`products/${id}/reviews`, draft, Review, { 'idempotency-key': key }),
      tags.reviews(id),
    ),
  page: (id: string, page: number, pageSize: number) =>
    http.get(path`products/${id}/reviews`.query({ page, pageSize }), ReviewPage, cached.tagged(tags.reviews(id))),
};
