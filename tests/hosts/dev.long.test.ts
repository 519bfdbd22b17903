import { expect, test } from 'vitest';
import { drill } from '#tests/drills/dev-edits.ts';

/** In full: `npm run drills -- dev`. */
test(drill.proves, async () => {
  expect(await drill.run('short', () => {})).toMatch(/^\d of \d steps$/);
});
