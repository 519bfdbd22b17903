import { HttpResponse, http } from 'msw';
import type { PricingQuote } from '#schemas/upstream/pricing.ts';
import type { Changes } from './changes.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { productById } from './seed/products.ts';

const RATES: Readonly<Record<string, number>> = { EUR: 1, USD: 1.08, GBP: 0.86 };
const VALID_UNTIL = Date.UTC(2027, 0, 1) / 1_000;

type Quote = (PricingQuote & { validUntil: number }) | { productId: string; error: string };

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ fault: message }, { status }),
  drift: ({ quotes }: { quotes: PricingQuote[] }) => ({
    quotes: quotes.map((quote) => ({ ...quote, amountMinor: (quote.amountMinor / 100).toFixed(2) })),
  }),
  empty: ({ quotes }: { quotes: Quote[] }) => ({
    quotes: quotes.map(({ productId }) => ({ productId, error: 'NO_PRICE' })),
  }),
};

export function pricingHandlers(conduct: Conduct, changes: Changes) {
  return [
    http.post('*/pricing/quotes', ({ request }) =>
      misbehave('pricing', request, conduct, injection, async () => {
        const { productIds, currencyCode } = (await request.json()) as { productIds: string[]; currencyCode: string };
        const rate = RATES[currencyCode];
        if (rate === undefined) return injection.error(422, 'unknown currency');
        return { quotes: productIds.map((id) => quote(id, currencyCode, rate, changes)) };
      }),
    ),
  ];
}

function quote(productId: string, currencyCode: string, rate: number, changes: Changes): Quote {
  const product = productById(productId);
  if (!product) return { productId, error: 'UNKNOWN_PRODUCT' };
  const { wasCents } = product;
  return {
    productId,
    currencyCode,
    amountMinor: Math.round((changes.prices.get(productId) ?? product.cents) * rate),
    wasAmountMinor: wasCents === null ? null : Math.round(wasCents * rate),
    validUntil: VALID_UNTIL,
  };
}
