import { Webhook } from 'standardwebhooks';
import { DEVELOPMENT_SECRET, type UpstreamEvent } from '#schemas/upstream/event.ts';

/** A delivery of one of our microservices, signed; `at` in milliseconds since 1970. */
export interface Signed {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export function signEvent(
  id: string,
  event: UpstreamEvent & { readonly occurredAt?: string },
  { at = Date.now(), secret = DEVELOPMENT_SECRET } = {},
): Signed {
  const body = JSON.stringify({ id, occurredAt: new Date(at).toISOString(), ...event });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  };
  return { id, headers, body };
}
