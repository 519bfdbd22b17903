import { expect, test } from 'vitest';
import { drill as cut } from '#tests/drills/streams-cut.ts';
import { drill as idle } from '#tests/drills/streams-idle.ts';

/** In full: `npm run drills`. */
test.each([cut, idle])('$proves', async ({ run }) => {
  expect(await run('short', () => {})).not.toBe('');
});
