import { cache } from '#kernel/cache/policy.ts';
import type { PrivateId } from '#kernel/identity/private-id.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { Recommendations } from '#schemas/upstream/recommendations.ts';
import { tags } from './tags.ts';

const http = upstream('recommendations', { timeout: 400, attempts: 1, parallel: 32 });

export const recommendations = {
  related: (id: string, limit: number) =>
    http.get(
      path`related/${id}`.query({ limit }),
      Recommendations,
      cache.for('5m').staleFor('1h').staleOnError('1d').tagged(tags.related(id)),
    ),
  /** What one customer may like: private, and never cached. */
  forCustomer: (customer: PrivateId<'customer'>, limit: number) =>
    http.get(path`customers/${customer}`.query({ limit }), Recommendations),
};
