import { expect, test } from 'vitest';
import { clusterMissing } from '#tests/cluster/cluster.ts';
import { drill as killed } from '#tests/drills/webhooks-killed.ts';
import { drill as killedInCluster } from '#tests/drills/webhooks-killed-cluster.ts';
import { drill as shuffled } from '#tests/drills/webhooks-shuffled.ts';

test.each([shuffled, killed])('$name: $proves', async ({ run }) => {
  expect(await run('short', () => {})).toMatch(/\d+ deliveries/);
});

const note = clusterMissing === undefined ? '' : ` (SKIPPED: ${clusterMissing})`;
test.skipIf(note !== '')(`${killedInCluster.name}: ${killedInCluster.proves}${note}`, async () => {
  expect(await killedInCluster.run('short', () => {})).toMatch(/1 restarts of the store, .* 0 lost, 0 doubled/);
});
