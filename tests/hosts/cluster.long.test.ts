import { expect, test } from 'vitest';
import { browserMissing } from '#tests/browser.ts';
import { clusterMissing } from '#tests/cluster/cluster.ts';
import { drill as acknowledged } from '#tests/drills/cluster-acknowledged.ts';
import { drill as foreign } from '#tests/drills/cluster-foreign.ts';
import { drill as killed } from '#tests/drills/cluster-killed.ts';
import { drill as limits } from '#tests/drills/cluster-limits.ts';
import { drill as purged } from '#tests/drills/cluster-purged.ts';
import { drill as renewed } from '#tests/drills/cluster-renewed.ts';
import { drill as watched } from '#tests/drills/cluster-watched.ts';
import { drill as cut } from '#tests/drills/streams-cut-cluster.ts';
import { earlierCommits, drill as skew } from '#tests/drills/version-skew.ts';
import { missingProgram } from '#tests/support/program.ts';

const DRILLS = [killed, purged, watched, foreign, acknowledged, renewed, limits, cut];
const note = (why: string | undefined) => (why === undefined ? '' : ` (SKIPPED: ${why})`);

/** In full: `npm run drills -- cluster`. Each has three instances behind HAProxy, and most another three with a defect. */
for (const drill of DRILLS) {
  const missing = clusterMissing ?? (drill === killed ? browserMissing : undefined);
  test.skipIf(missing !== undefined)(`${drill.name}: ${drill.proves}${note(missing)}`, async () => {
    expect(await drill.run('short', () => {})).not.toBe('');
  });
}

const { commits, lacks } = earlierCommits();
const missing = missingProgram('initdb') ?? (commits.length === 0 ? (lacks ?? 'no repository is here') : undefined);
const incomplete = missing === undefined && lacks !== undefined ? ` (INCOMPLETE: ${lacks})` : '';
test.skipIf(missing !== undefined)(`${skew.name}: ${skew.proves}${note(missing)}${incomplete}`, async () => {
  expect(await skew.run('short', () => {})).not.toBe('');
});
