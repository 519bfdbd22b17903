import { setTimeout as pause } from 'node:timers/promises';
import { isStateError, type State } from '#kernel/state/state.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { startCluster } from '#tests/cluster/cluster.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { settingsFor } from '#tests/support/postgres.ts';
import { killedDrill } from './webhooks-killed.ts';

/** Each takes several round trips. */
const DELIVERIES = 1_000;

/** Through HAProxy to three instances, which are killed in turn, and Postgres with them. */
export const drill = killedDrill(
  'webhooks: SIGKILL, over a cluster',
  async (tell) => {
    const { url, instances, replace, postgres, stateUrl, stop } = await startCluster({ tell });
    let restarts = 0;
    return {
      url,
      state: patient(openPostgresState(settingsFor(stateUrl))),
      kill: (turn) => replace(turn % instances.length, 'SIGKILL'),
      // As a crash, and as an update of it.
      restart: async () => {
        await postgres.end(restarts++ % 2 === 0 ? 'SIGKILL' : 'SIGINT');
        await postgres.start();
      },
      dispose: stop,
    };
  },
  DELIVERIES,
);

/** A state that is asked again while it is away. */
function patient(state: State): State {
  const calls = Object.entries(state).map(([name, call]) => [
    name,
    typeof call === 'function' && name !== 'close' ? (...args: unknown[]) => persist(() => call(...args)) : call,
  ]);
  return Object.fromEntries(calls) as State;
}

async function persist<T>(call: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isStateError(error) || performance.now() > end) throw error;
    }
    await pause(20);
  }
}
