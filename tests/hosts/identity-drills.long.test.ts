import { expect, test } from 'vitest';
import { clusterMissing } from '#tests/cluster/cluster.ts';
import { drill as foreign } from '#tests/drills/foreign-answers.ts';
import { drill as raced } from '#tests/drills/keys-raced.ts';

// In full: npm run drills.
for (const [drill, missing] of [[foreign] as const, [raced, clusterMissing] as const]) {
  const note = missing === undefined ? '' : ` (SKIPPED: ${missing})`;
  test.skipIf(missing !== undefined)(`${drill.name}${note}`, async () => {
    expect(await drill.run('short', () => {})).toEqual(expect.any(String));
  });
}
