import assert from 'node:assert/strict';
import type { Drill } from '#tests/support/drill.ts';
import { generate } from '#tests/support/generated.ts';

/** What came with it, and what watches over all that there is. */
const OWN = [
  'loyalty/loyalty-card',
  'badges/wall-of-badges',
  'catalog/departments',
  'parcels/parcel-list',
  'cms/cms-page',
].map((name) => `operations/${name}`);
const ALL = [
  'services/loyalty',
  'services/badges',
  'services/parcels',
  'services/cms',
  'mocks/misbehaviour',
  'config/env',
  'operations/renders',
  'house/papers',
  'house/walls',
];
const NAMES =
  '-card|wall-of|departments|loyalty|badges|parcel|cms|every upstream|\\.env\\.example|banner|holds|everything is there';

const SIZES = { short: OWN, full: [...OWN, ...ALL] };

/** What `npm run new` has made, under the tests that it brings; in full under all that watches the rest as well. */
export const drill: Drill = {
  name: 'npm run new: what was made',
  proves:
    'what the generator makes passes its own tests, and in full the linter, the types and those that watch over all',
  async run(size, tell) {
    const made = await generate();
    const passes = async (...args: string[]) => {
      const { code, output } = await made.run(args);
      assert.equal(code, 0, output);
      tell(`${args[0]?.split('/').at(-1)} is content`);
      return output;
    };
    try {
      for (const [name, { code, output }] of Object.entries(made.said)) assert.equal(code, 0, `${name}: ${output}`);
      const files = SIZES[size].map((name) => `tests/${name}.test.ts`);
      const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project=unit', `--testNamePattern=${NAMES}`];
      const output = await passes(...vitest, ...files);
      for (const file of files) assert.ok(output.includes(`✓ |unit| ${file}`), `${file} was run: ${output}`);
      if (size === 'full') {
        await passes('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
        await passes('node_modules/typescript/bin/tsc', '--noEmit');
        await passes('node_modules/knip/bin/knip.js');
      }
      return `${files.length} files of tests`;
    } finally {
      made.remove();
    }
  },
};
