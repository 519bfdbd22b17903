import { createHmac, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { UpstreamEvent } from '#schemas/upstream/event.ts';

/** As long as Stripe's: a slow receiver does not get the event twice for it. */
const TIMEOUT_MS = 20_000;

/** Where webhooks go, and what signs them. */
export interface Receiver {
  /** The origin of the server that receives it. */
  readonly url: string;
  /** In the form of Standard Webhooks: `whsec_…`. */
  readonly secret: string;
  /** What signs in Stripe's name. */
  readonly stripeSecret: string;
}

const TRIES = 8;
const FIRST_PAUSE = 250;

/**
 * Reports a payment as Stripe does, signed and repeated until it is accepted, also across a restart of the receiver.
 */
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

/** Reports one change as our microservices do; resolves with the status of the answer. */
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
