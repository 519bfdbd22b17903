import { expect, test } from 'vitest';
import { drill as killed } from '#tests/drills/webhooks-killed.ts';
import { drill as killedOverPostgres } from '#tests/drills/webhooks-killed-postgres.ts';
import { drill as shuffled } from '#tests/drills/webhooks-shuffled.ts';
import { postgresMissing } from '#tests/support/postgres.ts';

test.each([shuffled, killed])('$name: $proves', async ({ run }) => {
  expect(await run('short', () => {})).toMatch(/\d+ deliveries/);
});

test.skipIf(postgresMissing !== undefined)(`${killedOverPostgres.name}: ${killedOverPostgres.proves}`, async () => {
  expect(await killedOverPostgres.run('short', () => {})).toMatch(/1 restarts of the store, .* 0 lost, 0 doubled/);
});
