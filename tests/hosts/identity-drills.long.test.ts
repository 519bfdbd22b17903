import { expect, test } from 'vitest';
import { drill as foreign } from '#tests/drills/foreign-answers.ts';
import { drill as raced } from '#tests/drills/keys-raced.ts';

// In full: npm run drills.
test.each([foreign, raced])('$name', async (drill) => {
  expect(await drill.run('short', () => {})).toEqual(expect.any(String));
});
