import { cache } from '#kernel/cache/policy.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { PricingQuote } from '#schemas/upstream/pricing.ts';
import { tags } from './tags.ts';

const http = upstream('pricing', { timeout: 600, attempts: 2, parallel: 32 });

const quotes = http.batch('quotes', PricingQuote, {
  max: 100,
  request: (ids, { currency }) => ({ post: path`quotes`, body: { productIds: ids, currencyCode: currency } }),
  list: 'quotes',
  id: 'productId',
  absent: 'error',
});

export const pricing = {
  /** One product's quote, asked for together with every other quote wanted meanwhile. */
  price: (id: string, currency: string) =>
    quotes(id, { currency }, cache.for('30s').staleFor('2m').staleOnError('1h').tagged(tags.price(id))),
};
