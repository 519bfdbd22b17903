import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { followPurges, purgeStep } from '#kernel/cache/purge-log.ts';
import { createTagTable } from '#kernel/cache/tags.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { until } from '#tests/support/until.ts';

describe.skipIf(isSkipped('initdb'))(`a stream that is followed${skipNote('initdb')}`, () => {
  test('is read while every connection of requests is busy: a purge of another instance arrives', async () => {
    const url = await (await sharedPostgres()).database();
    const settings = settingsFor(url);
    const state = openPostgresState(settings);
    const other = openPostgresState(settings);
    const seen: (readonly string[] | undefined)[] = [];
    const follower = followPurges(state, createTagTable(), ({ tags }) => seen.push(tags));
    await follower.catchUp();

    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(77)');
    const slow = Array.from({ length: settings.connections }, () =>
      state.query({ text: 'SELECT pg_advisory_xact_lock(77)' }),
    );
    const sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
    await expect.poll(async () => (await holder.query(sleeping)).rowCount).toBe(settings.connections);

    await other.commit([purgeStep(['prices'])]);
    await until('the purge is here', () => seen.length > 0);
    expect(seen).toEqual([['prices']]);
    expect((await holder.query(sleeping)).rowCount).toBe(settings.connections);

    await holder.end();
    await Promise.all(slow);
    follower.stop();
    await Promise.all([state.close(), other.close()]);
  });
});
