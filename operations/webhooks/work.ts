import { logger } from '#host/log.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { followPurges } from '#kernel/cache/purge-log.ts';
import { startInboxWorker } from '#kernel/state/inbox-worker.ts';
import { followOverrides } from '#kernel/state/override-log.ts';
import { overrides } from '#kernel/state/overrides.ts';
import { tagTable } from '#kernel/upstream/lane/state.ts';
import { identity } from '#services/identity/identity.ts';
import { handle } from './handle.ts';

/**
 * Works the inbox off and follows the purges of other processes, until the returned function is called. Once a process:
 * where it has begun already, calling it again begins nothing and ends nothing.
 */
export function startWebhooks(): () => Promise<void> {
  const running = processSingleton('webhooks', () => ({ begun: false }));
  if (running.begun) return async () => {};
  running.begun = true;
  const { sessions } = identity();
  const log = logger();
  const follower = followPurges(sessions.state, tagTable());
  const overrideFollower = followOverrides(sessions.state, overrides());
  const worker = startInboxWorker(sessions, {
    handle,
    done: follower.catchUp,
    report: (error, delivery) => log.error({ err: error, sender: delivery?.sender, id: delivery?.id }, 'webhook'),
  });
  return async () => {
    await worker.stop();
    follower.stop();
    overrideFollower.stop();
    running.begun = false;
  };
}
