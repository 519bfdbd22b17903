import { expect, test } from 'vitest';
import { drill as killed } from '#tests/drills/webhooks-killed.ts';
import { drill as killedOverPostgres } from '#tests/drills/webhooks-killed-postgres.ts';
import { drill as shuffled } from '#tests/drills/webhooks-shuffled.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';

test.each([shuffled, killed])('$name: $proves', async ({ run }) => {
  expect(await run('short', () => {})).toMatch(/\d+ deliveries/);
});

const title = `${killedOverPostgres.name}: ${killedOverPostgres.proves}${skipNote('initdb')}`;
test.skipIf(isSkipped('initdb'))(title, async () => {
  expect(await killedOverPostgres.run('short', () => {})).toMatch(/1 restarts of the store, .* 0 lost, 0 doubled/);
});
