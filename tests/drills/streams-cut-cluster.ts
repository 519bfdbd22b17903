import { openPostgresState } from '#kernel/state/postgres/postgres.ts';
import { startCluster } from '#tests/cluster/cluster.ts';
import { settingsFor } from '#tests/support/postgres.ts';
import { cutDrill } from './streams-cut.ts';

/** All clients come from one address, which may have 200 streams on each instance: two of three must have room for them. */
const SIZES = {
  short: { clients: 50, events: 300, every: 50, cuts: 1 },
  full: { clients: 380, events: 1_200, every: 100, cuts: 15 },
} as const;

/** Through HAProxy, which knows no stickiness: who comes back is sent to any instance, while they end by both signals. */
export const drill = cutDrill('streams: cut and resumed over a cluster', SIZES, async (_, tell) => {
  const cluster = await startCluster({ tell });
  const state = openPostgresState(settingsFor(cluster.stateUrl));
  const ports = [Number(new URL(cluster.url).port)];
  let turn = 0;
  return {
    ports,
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
