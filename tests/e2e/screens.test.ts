import { expect, test } from 'vitest';
import { drill } from '#tests/drills/screens-misbehaving.ts';

/** In full: `npm run drills -- screens`. */
test(drill.proves, async () => {
  expect(await drill.run('short', () => {})).not.toBe('');
});
