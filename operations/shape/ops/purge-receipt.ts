import type { PurgeReceipt } from '#kernel/cache/receipts/receipts.ts';
import type { PurgeReceiptView } from '#schemas/view/server/purge-receipt.ts';

export const purgeName = (id: number): string => `purge:${id}`;

/** A receipt as scripts and people read it. */
export function toPurgeReceipt({ id, tags, by, receivedAt, loggedAt, instances, cdn }: PurgeReceipt): PurgeReceiptView {
  const sharing = instances.filter(({ tier }) => tier);
  return {
    id: purgeName(id),
    tags: tags === undefined ? null : [...tags],
    by: by ?? null,
    received: iso(receivedAt),
    logged: iso(loggedAt),
    instances: instances.map(({ instance, at, told, changed, last }) => ({
      instance,
      at: time(at),
      told,
      changed,
      lastTold: iso(last),
    })),
    tier: sharing.length === 0 ? null : time(Math.max(...sharing.map(({ at }) => at))),
    cdn: cdn.map(({ cdn: name, at, again, instance }) => ({ name, at: time(at), again, instance })),
  };
}

const time = (at: number) => new Date(at).toISOString();
const iso = (at: number | undefined) => (at === undefined ? null : time(at));
