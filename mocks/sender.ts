import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { UpstreamEvent } from '#schemas/upstream/event.ts';

const PATIENCE = 5_000;

/** Where webhooks go, and what signs them. */
export interface Receiver {
  /** The origin of the server that is told. */
  readonly url: string;
  /** In the form of Standard Webhooks: `whsec_…`. */
  readonly secret: string;
}

/** Tells of one change as our microservices do; resolves with the status of the answer. */
export async function sendEvent({ url, secret }: Receiver, event: Omit<UpstreamEvent, 'id' | 'occurredAt'>) {
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
    signal: AbortSignal.timeout(PATIENCE),
  });
  await answer.arrayBuffer();
  return { id, status: answer.status };
}
