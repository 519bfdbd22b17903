import { beforeEach, expect, test } from 'vitest';
import { browserMissing } from '#tests/browser.ts';
import { drill as lookedAt } from '#tests/drills/screens-looked-at.ts';
import { drill as misbehaving } from '#tests/drills/screens-misbehaving.ts';

beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));

/** In full: `npm run drills -- screens`. */
test.each([lookedAt, misbehaving])('$name', async (drill) => {
  expect(await drill.run('short', () => {})).not.toBe('');
});
