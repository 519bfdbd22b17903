import { sign as signGithub } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import type { WebhookSender } from '#config/webhooks.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';

interface Signing {
  readonly secret?: string;
  /** Milliseconds since 1970. */
  readonly at?: number;
  /** Of the delivery, where it stands in a header; and its type, where that does. */
  readonly id?: string;
  readonly type?: string;
}

/** The headers that a sender signs a body with, made by its own library. */
export async function signWebhook(
  sender: WebhookSender,
  text: string,
  { secret = DEVELOPMENT_SECRET, at = Date.now(), id = 'msg_1', type }: Signing = {},
): Promise<Record<string, string>> {
  const timestamp = Math.floor(at / 1_000);
  if (sender === 'stripe')
    return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: text, secret, timestamp }) };
  if (sender === 'github') {
    const told = type === undefined ? {} : { 'x-github-delivery': id, 'x-github-event': type };
    return { 'x-hub-signature-256': await signGithub(secret, text), ...told };
  }
  const prefix = sender === 'clerk' ? 'svix' : 'webhook';
  return {
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(timestamp),
    [`${prefix}-signature`]: new Webhook(secret).sign(id, new Date(timestamp * 1_000), text),
  };
}
