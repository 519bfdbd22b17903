import type { WebhookSender } from '#config/webhooks.ts';
import { revoke, stepsOf } from '#services/webhooks/effects.ts';
import type { DeliveryOutcome, Stored } from '#services/webhooks/inbox/inbox.ts';
import { clerkEvents } from './clerk.ts';
import { githubEvents } from './github.ts';
import { stripeEvents } from './stripe.ts';
import type { Row, Table } from './table.ts';
import { upstreamEvents } from './upstream.ts';

const TABLES: Readonly<Record<WebhookSender, Table>> = {
  stripe: stripeEvents,
  github: githubEvents,
  clerk: clerkEvents,
  upstream: upstreamEvents,
};

/** What a sender's event of this type is to us; undefined where it is nothing. */
export function rowOf(sender: WebhookSender, type: string): Row | undefined {
  const table = TABLES[sender];
  return Object.hasOwn(table, type) ? table[type] : undefined;
}

/**
 * What a delivery comes to. Throws if its payload can't be read, as another version of this code may have stored it.
 */
export async function handle(
  delivery: Pick<Stored, 'sender' | 'id' | 'type' | 'body' | 'receivedAt'>,
): Promise<DeliveryOutcome> {
  const row = rowOf(delivery.sender as WebhookSender, delivery.type);
  if (row === undefined) throw new TypeError(`nothing is known of ${delivery.sender}'s ${delivery.type}`);
  const change = row.changes(row.reads.parse(JSON.parse(delivery.body)) as never);
  await revoke(change);
  const { sender, type, id, receivedAt } = delivery;
  return {
    steps: stepsOf(change, { by: `${sender} ${type} ${id}`, receivedAt }),
    ...(change.object && { object: change.object }),
  };
}
