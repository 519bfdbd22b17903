import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Followers } from '#kernel/state/followers.ts';
import { openPostgresState, type PostgresState } from '#services/state/postgres/postgres.ts';
import { LOCK } from '#services/state/postgres/schema.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { type PostgresServer, settingsFor, startPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { pause, until } from '#tests/support/until.ts';

const AWAY = { kind: 'state' };
const asError = (error: Error) => error;

describe.skipIf(isSkipped('initdb'))(`a Postgres that goes away${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let url: string;
  let state: PostgresState;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    url = await server.database();
    state = openPostgresState(settingsFor(url));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await state.close();
  });
  const back = () => expect.poll(() => state.get('none').then(() => 'back', String)).toBe('back');

  test('is an error of the state, and is found again when it is back, with all that was acknowledged', async () => {
    let acknowledged = 0;
    for (const how of ['SIGKILL', 'SIGINT'] as const) {
      // In the middle of writes that do not ask to be durable.
      const writing = Array.from({ length: 4 }, async (_, writer) => {
        for (let index = 0; ; index++) {
          const name = `${how}.${writer}.${index}`;
          try {
            await state.set(name, name, { ttl: 600_000 });
          } catch (error) {
            expect(error).toMatchObject(AWAY);
            return index;
          }
          acknowledged++;
        }
      });
      const enough = acknowledged + 60;
      await until('some are written', () => acknowledged > enough);
      await server.end(how);
      const counts = await Promise.all(writing);
      await expect(state.get('none')).rejects.toMatchObject(AWAY);
      await server.start();
      await back();
      for (const [writer, count] of counts.entries())
        for (let index = 0; index < count; index++)
          expect((await state.get(`${how}.${writer}.${index}`))?.value).toBe(`${how}.${writer}.${index}`);
    }
  });

  test('and only stands still is given up in time; a call soon after fails at once', async () => {
    await state.set('k', 'v', { ttl: 600_000 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const other = openPostgresState(settingsFor(url));
    await other.get('k');
    server.signal('SIGSTOP');
    // Only here time passes, so that nothing is given up that the server would answer.
    const passOver = async <T>(work: Promise<T>): Promise<T> => {
      let isOver = false;
      work.finally(() => {
        isOver = true;
      });
      await until('it is given up', () => {
        vi.advanceTimersByTime(PATIENCE);
        return isOver;
      });
      return work;
    };
    try {
      const first = await passOver(other.get('k').catch(asError));
      expect(first).toMatchObject(AWAY);
      const many = await passOver(Promise.all(Array.from({ length: 200 }, () => other.get('k').catch(asError))));
      // All but one at most, which has tried again, are told what the first has found: they have waited for nothing.
      const told = many.filter((error) => (error as Error).cause === (first as Error).cause);
      expect(told.length).toBeGreaterThanOrEqual(199);
    } finally {
      server.signal('SIGCONT');
    }
    await expect.poll(() => other.get('k').then((found) => found?.value, String)).toBe('v');
    await other.close();
  });

  test('leaves who polls to polling, and wakes them again once it is back', async () => {
    const other = openPostgresState(settingsFor(url));
    let position = 0;
    const followers = new Followers();
    const read = async () => {
      for (const { id } of await state.read('purges', position, 100)) position = id;
    };
    const follower = followers.follow(read, 20, state.doorbell);
    await until('it listens', () => state.doorbell?.isOpen === true);
    await other.append('purges', '1', { maxEntries: 10 });
    await until('it hears', () => position === 1);
    await server.end('SIGKILL');
    await until('it hears nothing', () => state.doorbell?.isOpen === false);
    await server.start();
    // Whether by polls or by the bell.
    await expect.poll(() => other.append('purges', '2', { maxEntries: 10 }).catch(() => 0)).toBe(2);
    await until('it has found it', () => position === 2);
    await until('it listens again', () => state.doorbell?.isOpen === true);
    follower.stop();
    await other.close();
  });

  test('whose connections are all in use is busy and not away', async () => {
    const narrow = openPostgresState({ ...settingsFor(url), connections: 1, connectTimeout: 100 });
    const first = new Client({ connectionString: url });
    await first.connect();
    await state.set('k', 'v', { ttl: 600_000 });
    // A read, which has no sweep come after it: there is one connection, and it is ours.
    await expect.poll(() => narrow.get('k').then((found) => found?.value, String)).toBe('v');
    await first.query('BEGIN; LOCK TABLE tributary.keys');
    const waits = narrow.get('k');
    const [busy, again] = [await narrow.get('k').catch(asError), await narrow.get('k').catch(asError)];
    expect(busy).toMatchObject({ message: 'state: timeout exceeded when trying to connect' });
    // Who came next has tried by itself.
    expect((again as Error).cause).not.toBe((busy as Error).cause);
    await first.query('COMMIT');
    expect([(await waits)?.value, (await narrow.get('k'))?.value]).toEqual(['v', 'v']);
    await first.end();
    await narrow.close();
  });

  test('whose schema another instance is making is away for callers, however long that takes', async () => {
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query(`SELECT pg_advisory_lock(${LOCK})`);
    const waiting = openPostgresState({ ...settingsFor(url), connectTimeout: 500, statementTimeout: 100 });
    await expect(waiting.get('k')).rejects.toMatchObject(AWAY);
    const waiters = async () => {
      const { rows } = await other.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory'");
      return rows as { pid: number }[];
    };
    await expect.poll(waiters).toHaveLength(1);
    const before = await waiters();
    // Longer than any statement of a request may take, with others who come meanwhile.
    for (let index = 0; index < 2; index++) {
      await pause(100);
      await expect(waiting.get('k')).rejects.toMatchObject(AWAY);
    }
    expect(await waiters()).toEqual(before);
    await other.end();
    await expect.poll(() => waiting.get('k').then(() => 'made', String)).toBe('made');
    await waiting.close();
  });

  test('of a newer build is refused with a sentence once it is no longer for this one', async () => {
    await state.set('k', 'v', { ttl: 600_000 });
    await state.query({ text: 'UPDATE tributary.schema_version SET version = 7, oldest = 1' });
    // Schemas only grow: the build before works on beside the new one.
    const beside = openPostgresState(settingsFor(url));
    expect((await beside.get('k'))?.value).toBe('v');
    await beside.close();
    await state.query({ text: 'UPDATE tributary.schema_version SET oldest = 6' });
    const after = openPostgresState(settingsFor(url));
    const refused =
      'the database has schema version 7, made for builds that know version 6 at least; this build knows 2';
    await expect(after.get('k')).rejects.toThrow(refused);
    await expect(after.get('k')).rejects.toMatchObject(AWAY);
    await after.close();
    // Who works already is not stopped in the middle.
    expect((await state.get('k'))?.value).toBe('v');
  });
});
