import { createHmac, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { UpstreamEvent } from '#schemas/upstream/event.ts';

/** As long as Stripe's: whoever is slow is not told again for it. */
const TIMEOUT_MS = 20_000;

/** Where webhooks go, and what signs them. */
export interface Receiver {
  /** The origin of the server that is told. */
  readonly url: string;
  /** In the form of Standard Webhooks: `whsec_…`. */
  readonly secret: string;
  /** What signs in Stripe's name. */
  readonly stripeSecret: string;
}

const TRIES = 8;
const FIRST_PAUSE = 250;

/** Tells of a payment as Stripe does, signed and again and again until it is taken: by a server that starts anew as well. */
export async function sendStripeEvent({ url, stripeSecret }: Receiver, type: string, object: object): Promise<void> {
  const created = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type, created, data: { object } });
  for (let tries = 0; tries < TRIES; tries++) {
    const timestamp = Math.floor(Date.now() / 1_000);
    const signature = createHmac('sha256', stripeSecret).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${timestamp},v1=${signature}` };
    const answer = await fetch(`${url}/api/webhooks/stripe`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** tries).unref());
  }
}

/** Tells of one change as our microservices do; resolves with the status of the answer. */
export async function sendEvent({ url, secret }: Receiver, event: UpstreamEvent) {
  const id = `msg_${randomUUID()}`;
  const now = new Date();
  const body = JSON.stringify({ id, occurredAt: now.toISOString(), ...event });
  const answer = await fetch(`${url}/api/webhooks/upstream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await answer.arrayBuffer();
  return { id, status: answer.status };
}
