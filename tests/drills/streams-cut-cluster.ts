import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { startCluster } from '#tests/cluster/cluster.ts';
import { settingsFor } from '#tests/support/postgres.ts';
import { cutDrill } from './streams-cut.ts';

const SIZES = {
  short: { clients: 50, events: 300, every: 50, cuts: 1 },
  full: { clients: 500, events: 1_200, every: 100, cuts: 15 },
} as const;
/** An address may have 200 streams on each instance. */
const ADDRESSES = ['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4'];

/** Through HAProxy, which knows no stickiness: who comes back is sent to any instance, while they end by both signals. */
export const drill = cutDrill('streams: cut and resumed over a cluster', SIZES, async (_, tell) => {
  const cluster = await startCluster({ tell });
  const state = openPostgresState(settingsFor(cluster.stateUrl));
  const ports = [Number(new URL(cluster.url).port)];
  let turn = 0;
  return {
    ports,
    addresses: ADDRESSES,
    state,
    async replace() {
      await cluster.replace(turn % cluster.instances.length, turn % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      turn++;
      return ports;
    },
    async dispose() {
      await state.close();
      await cluster.stop();
    },
  };
});
