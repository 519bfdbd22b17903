import { randomBytes } from 'node:crypto';
import { HttpResponse, http } from 'msw';
import type { PaymentIntent } from '#schemas/upstream/payments.ts';
import { createOnce } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import type { OrderBook } from './orders.ts';
import { payPage } from './pay-page.ts';
import { type Receiver, sendEvent, sendStripeEvent } from './sender.ts';

/** The cards of Stripe's test mode that are known here. */
const CARDS: Readonly<Record<string, 'succeeds' | string>> = {
  pm_card_visa: 'succeeds',
  pm_card_chargeDeclined: 'card_declined',
  pm_card_chargeDeclinedInsufficientFunds: 'insufficient_funds',
};

const refuse = (status: number, type: string, code: string, message: string) =>
  HttpResponse.json({ error: { type, code, message } }, { status });

const injection: FaultInjection = {
  error: (status, message) => refuse(status, 'api_error', 'unavailable', message),
  // An API version in which amounts are decimal.
  drift: ({ amount, ...intent }: PaymentIntent) => ({ ...intent, amount: (amount / 100).toFixed(2) }),
  empty: (intent: PaymentIntent) => ({ id: intent.id, object: intent.object }),
};

/** As much of Stripe's API as a payment intent needs, and the page on which a customer would type a card. */
export function paymentsHandlers(conduct: Conduct, book: OrderBook, receiver: Receiver | undefined) {
  const intents = new Map<string, PaymentIntent>();
  const once = createOnce();

  const create = (form: URLSearchParams) => {
    const [amount, currency] = [Number(form.get('amount')), form.get('currency') ?? ''];
    if (!Number.isInteger(amount) || amount < 1 || !/^[a-z]{3}$/.test(currency))
      return refuse(400, 'invalid_request_error', 'parameter_invalid_integer', 'amount and currency are required');
    const id = `pi_${randomBytes(12).toString('hex')}`;
    const metadata = Object.fromEntries(
      [...form].flatMap(([name, value]) => {
        const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
        return key === undefined ? [] : [[key, value]];
      }),
    );
    const client_secret = `${id}_secret_${randomBytes(12).toString('hex')}`;
    const intent = {
      id,
      object: 'payment_intent',
      client_secret,
      status: 'requires_payment_method',
      amount,
      currency,
      metadata,
    } as const;
    intents.set(id, intent);
    return intent;
  };
  /** Pays with a card, for a client with the intent's secret; informs the orders service and us, as Stripe would. */
  const confirm = (id: string, secret: string | null, card: string) => {
    const intent = intents.get(id);
    if (!intent || intent.client_secret !== secret)
      return refuse(404, 'invalid_request_error', 'resource_missing', 'no such payment_intent');
    if (intent.status === 'succeeded') return intent;
    const outcome = CARDS[card];
    if (outcome === undefined)
      return refuse(400, 'invalid_request_error', 'resource_missing', 'no such payment_method');
    const succeeded = outcome === 'succeeds';
    const next = { ...intent, status: succeeded ? 'succeeded' : 'requires_payment_method' };
    intents.set(id, next);
    notify(next, succeeded);
    return succeeded ? next : refuse(402, 'card_error', outcome, 'Your card was declined.');
  };
  const notify = (intent: PaymentIntent, succeeded: boolean) => {
    const { order } = intent.metadata;
    const changed = order === undefined ? undefined : book.paid(order, succeeded);
    if (receiver === undefined) return;
    if (order !== undefined && changed)
      void sendEvent(receiver, { type: 'orders.order.changed', object: { id: order, ...changed } }).catch(
        () => undefined,
      );
    void sendStripeEvent(receiver, succeeded ? 'payment_intent.succeeded' : 'payment_intent.payment_failed', intent);
  };

  return [
    http.post('*/payments/v1/payment_intents', ({ request }) =>
      misbehave('payments', request, conduct, injection, async () => {
        if (!/^Bearer sk_\w+$/.test(request.headers.get('authorization') ?? ''))
          return refuse(401, 'invalid_request_error', 'api_key', 'no API key');
        const form = new URLSearchParams(await request.text());
        return once(request, 'us', () => create(form));
      }),
    ),
    http.post<{ id: string }>('*/payments/v1/payment_intents/:id/confirm', ({ request, params: { id } }) =>
      misbehave('payments', request, conduct, injection, async () => {
        const form = new URLSearchParams(await request.text());
        return confirm(id, form.get('client_secret'), form.get('payment_method') ?? '');
      }),
    ),
    http.get<{ id: string }>('*/payments/pay/:id', ({ request, params: { id } }) => {
      const intent = intents.get(id);
      return intent
        ? HttpResponse.html(payPage(new URL(request.url), intent, Object.keys(CARDS)))
        : new HttpResponse('Nothing to pay.', { status: 404 });
    }),
    http.get<{ id: string; card: string }>('*/payments/pay/:id/with/:card', ({ request, params: { id, card } }) => {
      const { searchParams } = new URL(request.url);
      confirm(id, searchParams.get('client_secret'), card);
      const back = searchParams.get('return') ?? '';
      return /^https?:\/\/[\w.:[\]-]+\//.test(back) ? HttpResponse.redirect(back, 303) : new HttpResponse('Done.');
    }),
  ];
}
