import { expect, test } from 'vitest';
import { drill as coldStart } from '#tests/drills/overload-cold-start.ts';
import { drill as hanging } from '#tests/drills/overload-hanging.ts';
import { drill as neighbours } from '#tests/drills/overload-neighbours.ts';
import { drill as slowUpstream } from '#tests/drills/overload-slow-upstream.ts';
import { drill as stall } from '#tests/drills/overload-stall.ts';

/** Where it does not hold, a drill asks for long until it gives up. */
const PATIENCE = 360_000;

/** In full, with rates and times, and the flood, which takes both cores: `npm run drills -- overload`. */
test.each([stall, neighbours, coldStart, hanging, slowUpstream])(
  '$name: $proves',
  async ({ run }) => {
    expect(await run('short', () => {})).not.toBe('');
  },
  PATIENCE,
);
