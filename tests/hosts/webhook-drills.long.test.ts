import { expect, test } from 'vitest';
import { drill as killed } from '#tests/drills/webhooks-killed.ts';
import { drill as shuffled } from '#tests/drills/webhooks-shuffled.ts';

test.each([shuffled, killed])('$name: $proves', async ({ run }) => {
  expect(await run('short', () => {})).toMatch(/\d+ deliveries/);
});
