import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openPostgresState } from '#kernel/state/postgres/postgres.ts';
import { isStateError, type State } from '#kernel/state/state.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { settingsFor, startPostgres } from '#tests/support/postgres.ts';
import { killedDrill, type Store } from './webhooks-killed.ts';

/** Each takes several round trips. */
const DELIVERIES = 1_000;

const database = async (): Promise<Store> => {
  const server = await startPostgres();
  const url = await server.database();
  let restarts = 0;
  return {
    env: { STATE_URL: url, STATE_KEYS: randomBytes(32).toString('base64url') },
    open: () => patient(openPostgresState(settingsFor(url))),
    // As a crash, and as an update of it.
    restart: async () => {
      await server.end(restarts++ % 2 === 0 ? 'SIGKILL' : 'SIGINT');
      await server.start();
    },
    dispose: () => server.dispose(),
  };
};

export const drill = killedDrill('webhooks: SIGKILL, over Postgres', database, DELIVERIES);

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
