import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { QUIET_POLL_MS, type Step } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import type { Delivery, Inbox, Taken } from '#services/webhooks/inbox/inbox.ts';
import { take } from '#services/webhooks/inbox/inbox-leases.ts';

/** A poll later, what was acknowledged is worked off within five seconds, whoever has died over it. */
export const LEASE = 5_000 - QUIET_POLL_MS - 1_000;
export const MOST_ATTEMPTS = 8;

/** The time of both inboxes, in milliseconds. */
export const clock = { now: 0 };
export let folder: string;
export let inbox: Inbox;
/** The same inbox, as another process has it. */
export let other: Inbox;

/** An inbox as two processes have it, new for each test of the file that calls this. */
export function withInboxes(): void {
  beforeEach(() => {
    resetRegistry();
    folder = mkdtempSync(join(tmpdir(), 'tributary-inbox-'));
    clock.now = 1_000_000_000;
    const now = () => clock.now;
    const open = (): Inbox => ({ state: openSqliteState(join(folder, 'state.db'), now), now });
    [inbox, other] = [open(), open()];
  });
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all([inbox, other].map(({ state }) => state.close()));
    rmSync(folder, { recursive: true, force: true });
  });
}

export const delivery = (id: string, body = '{}'): Delivery => ({ sender: 's', id, type: 't', body });

/** A step whose effect `allTold` shows. */
export const told = (text: string): Step => ({ do: 'append', stream: 'told', value: text, maxEntries: 1_000 });

export const allTold = async (): Promise<string[]> =>
  (await inbox.state.read('told', 0, 1_000)).map((one) => one.value);

/** Takes what is due, which must be there. */
export async function taken(from: Inbox = inbox): Promise<Taken> {
  const [one] = await take(from, 1);
  if (one === undefined) throw new Error('nothing is due');
  return one;
}
