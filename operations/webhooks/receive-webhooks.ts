import { hash } from 'node:crypto';
import { z } from 'zod';
import type { WebhookSender } from '#config/webhooks.ts';
import { logger } from '#host/process/log.ts';
import { done, ok } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { Receipt } from '#schemas/view/server/receipt.ts';
import { identity } from '#services/identity/identity.ts';
import { accept } from '#services/webhooks/inbox/inbox.ts';
import { signedBy } from '#services/webhooks/signatures.ts';
import { rowOf } from './handle.ts';

const LIMIT = 256 * 1024;
/** The most that GitHub sends; the part that we store is small. */
const GITHUB_LIMIT = 25 * 1024 * 1024;
const MAX_STORED_LENGTH = 64 * 1024;
const ID = /^[\w-]{1,256}$/;

const common = {
  audience: 'public',
  input: z.object({}),
  example: {},
  answers: { 200: Receipt, 204: undefined },
  // A sender's busy hour comes from one address; a forged request costs a hash.
  limit: false,
  deadline: 5_000,
} as const;
const json = (limit: number) => ({ kind: 'raw', types: ['application/json'], limit }) as const;
const STANDARD_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const SVIX_HEADERS = ['svix-id', 'svix-timestamp', 'svix-signature'] as const;

export const receiveStripe = operation(
  {
    ...common,
    id: 'receiveStripeWebhook',
    route: 'POST /api/webhooks/stripe',
    summary: 'Stripe tells what became of a payment',
    headers: ['stripe-signature'],
    body: json(LIMIT),
    guard: signedBy('stripe'),
  },
  async (_, { body }) => {
    const event = parse(body);
    return receive('stripe', event, event.id, event.type);
  },
);

export const receiveGithub = operation(
  {
    ...common,
    id: 'receiveGithubWebhook',
    route: 'POST /api/webhooks/github',
    summary: 'GitHub tells that the content repository has changed',
    headers: ['x-hub-signature-256', 'x-github-event'],
    body: json(GITHUB_LIMIT),
    guard: signedBy('github'),
  },
  // Its id is in a header that is not signed, and it signs no time: anyone with an old delivery could send it for ever.
  async (_, { body, headers }) =>
    receive('github', parse(body), hash('sha256', body, 'base64url'), headers['x-github-event']),
);

export const receiveClerk = operation(
  {
    ...common,
    id: 'receiveClerkWebhook',
    route: 'POST /api/webhooks/clerk',
    summary: 'Clerk tells what became of a user or a session',
    headers: [...SVIX_HEADERS, ...STANDARD_HEADERS],
    body: json(LIMIT),
    guard: signedBy('clerk'),
  },
  async (_, { body, headers }) => {
    const event = parse(body);
    return receive('clerk', event, headers['webhook-id'] ?? headers['svix-id'], event.type);
  },
);

export const receiveUpstream = operation(
  {
    ...common,
    id: 'receiveUpstreamWebhook',
    route: 'POST /api/webhooks/upstream',
    summary: 'One of our microservices tells that something of its own has changed',
    headers: STANDARD_HEADERS,
    body: json(LIMIT),
    guard: signedBy('upstream'),
  },
  async (_, { body, headers }) => {
    const event = parse(body);
    return receive('upstream', event, headers['webhook-id'], event.type);
  },
);

type Json = Readonly<Record<string, unknown>>;

/** A signed body that is no JSON object is of no type that we know. */
function parse(body: Uint8Array): Json {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

/**
 * Stores what we read of an event, and no more. One with an unknown payload is parked with the reason: its sender could
 * not mend it.
 */
async function receive(sender: WebhookSender, event: Json, id: unknown, type: unknown) {
  const row = typeof type === 'string' ? rowOf(sender, type) : undefined;
  if (row === undefined) return done();
  if (typeof id !== 'string' || !ID.test(id)) refuse('invalid-request', 'The delivery has no id.');
  const inbox = identity().sessions;
  const delivery = { sender, id, type: String(type) };
  const read = row.reads.safeParse(event);
  let received: 'new' | 'seen';
  if (read.success) received = await accept(inbox, { ...delivery, body: JSON.stringify(read.data) });
  else {
    const reason = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    const body = JSON.stringify(event).slice(0, MAX_STORED_LENGTH);
    received = await accept(inbox, { ...delivery, body }, reason);
    if (received === 'new') logger().warn({ ...delivery, reason }, 'webhook parked');
  }
  return ok({ received: received === 'new' ? ('now' as const) : ('before' as const) });
}
