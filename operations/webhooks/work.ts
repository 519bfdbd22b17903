import { environment } from '#config/env.ts';
import { instanceName } from '#host/process/instance-name.ts';
import { logger } from '#host/process/log.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { followPurges } from '#kernel/cache/purge-log.ts';
import { ReceiptBook } from '#kernel/cache/receipts/receipt-book.ts';
import { liveReads } from '#kernel/realtime/live-reads.ts';
import { followOverrides } from '#kernel/state/override-log.ts';
import { overrides } from '#kernel/state/overrides.ts';
import type { State } from '#kernel/state/state.ts';
import { tagTable } from '#kernel/upstream/lane/state.ts';
import { cdnPurge } from '#services/cdn/cdn.ts';
import { CdnWorker, startCdnWorker } from '#services/cdn/cdn-worker.ts';
import { identity } from '#services/identity/identity.ts';
import { startInboxWorker } from '#services/webhooks/inbox/inbox-worker.ts';
import { handle } from './handle.ts';

/**
 * Works the inbox off, follows the purges of other processes and brings them to the CDN, until the returned function is
 * called. Once a process: where it has begun already, calling it again begins nothing and ends nothing.
 */
export function startWebhooks(): () => Promise<void> {
  const running = processSingleton('webhooks', () => ({ begun: false }));
  if (running.begun) return async () => {};
  running.begun = true;
  const { sessions } = identity();
  const log = logger();
  const table = tagTable();
  const instance = instanceName(environment().port);
  const book = new ReceiptBook(sessions.state, instance, () => table.positions !== undefined);
  const reads = liveReads(table);
  reads.onRefreshed = (read) => book.refreshed(read);
  const follower = followPurges(sessions.state, table, (purge) => book.applied(purge));
  const overrideFollower = followOverrides(sessions.state, overrides());
  const cdn = startCdn(sessions.state, instance);
  const worker = startInboxWorker(sessions, {
    handle,
    done: follower.catchUp,
    report: (error, delivery) => log.error({ err: error, sender: delivery?.sender, id: delivery?.id }, 'webhook'),
  });
  return async () => {
    await Promise.all([worker.stop(), cdn?.stop()]);
    follower.stop();
    overrideFollower.stop();
    reads.onRefreshed = undefined;
    await book.flush();
    running.begun = false;
  };
}

/** Undefined where no CDN is in front of us, and in development, where nothing is. */
function startCdn(state: State, instance: string) {
  const { cdn, dev } = environment();
  if (cdn === undefined || dev) return undefined;
  const report = (error: unknown) =>
    logger().warn({ reason: String(error) }, 'the CDN was not purged, it is tried again');
  return startCdnWorker(new CdnWorker({ state, cdn: cdnPurge(cdn), instance, now: Date.now, report }), state.doorbell);
}
