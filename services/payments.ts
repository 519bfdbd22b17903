import type { Stripe } from 'stripe';
import { environment } from '#config/env.ts';
import { composePersonal, type Tools } from '#kernel/flow/tools.ts';
import { pathFromSegments } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { PaymentIntent } from '#schemas/upstream/payments.ts';

const http = upstream('payments', { timeout: 5_000, attempts: 1, parallel: 32 });

/** The SDK wants a key; the real one is added on the way out, and stays hidden until then. */
const PLACEHOLDER = 'sk_added_by_the_runtime';
const PASSED_ON = ['idempotency-key', 'stripe-version'];

/** Stripe (PAYMENTS_URL, STRIPE_SECRET_KEY), through its own SDK. */
export const payments = {
  /** A payment to be confirmed by the customer; made once for a key. */
  createIntent: (intent: Stripe.PaymentIntentCreateParams, idempotencyKey: string) =>
    composePersonal(({ need }) => through(need, (stripe) => stripe.paymentIntents.create(intent, { idempotencyKey }))),
};

/** What a browser needs to pay: Stripe.js a key, or where payments are mocked a page that takes the card. */
export function forBrowser(intent: Intent): { publishableKey?: string; page?: string } {
  const { publishableKey } = environment();
  const page = mockPage(intent);
  return { ...(publishableKey !== undefined && { publishableKey }), ...(page !== undefined && { page }) };
}

type Intent = Pick<Stripe.PaymentIntent, 'id' | 'client_secret'>;

/** Where the mock takes the card, and the page of ours to which it leads back; undefined where payments are live. */
export function mockPage({ id, client_secret: secret }: Intent, back?: string): string | undefined {
  const { upstreams, publicUrl } = environment();
  if (!upstreams.payments.mocked) return undefined;
  const page = new URL(`pay/${encodeURIComponent(id)}`, upstreams.payments.url);
  page.searchParams.set('client_secret', secret ?? '');
  if (back !== undefined) page.searchParams.set('return', `${publicUrl}${back}`);
  return page.href;
}

/** Runs the SDK over the pipeline that every call takes: deadline, breaker, bulkhead, lane, trace, schema. */
async function through<T>(need: Tools['need'], use: (stripe: Stripe) => Promise<T>): Promise<T> {
  let failure: unknown;
  const send = async (url: string, { headers, body }: RequestInit): Promise<Response> => {
    const given = new Headers(headers);
    const fields = Object.fromEntries(PASSED_ON.map((name) => [name, given.get(name) ?? undefined]));
    const segments = new URL(url).pathname.split('/').slice(1);
    const call = http.post(pathFromSegments(segments), new URLSearchParams(String(body)), PaymentIntent, fields);
    try {
      return Response.json(await need(call));
    } catch (thrown) {
      failure = thrown;
      throw thrown;
    }
  };
  // Large, and most processes never take a payment.
  const { Stripe } = await import('stripe');
  const stripe = new Stripe(PLACEHOLDER, {
    httpClient: Stripe.createFetchHttpClient(send as unknown as typeof fetch),
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return use(stripe).catch((thrown: unknown) => {
    // The SDK's error says less than the CallError behind it.
    throw failure ?? thrown;
  });
}
