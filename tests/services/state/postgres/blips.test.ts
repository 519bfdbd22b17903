import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openPostgresState, type PostgresState } from '#services/state/postgres/postgres.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { type PostgresServer, settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { until } from '#tests/support/until.ts';

/** What stands before the database: it resets lines, also those that are only just being opened. */
class Way {
  readonly lines = new Set<Socket>();
  readonly #server: Server;
  /** How many of the next connections are reset as they come. */
  refusing = 0;
  /** The answer to the next request in which this stands is lost, with its line. */
  losing: string | undefined;
  /** On the line of the next request in which this stands nothing comes back any more, and it stays open. */
  muting: string | undefined;
  opened = 0;

  constructor(port: number) {
    this.#server = createServer((near) => {
      near.on('error', () => undefined);
      if (this.refusing-- > 0) {
        near.resetAndDestroy();
        return;
      }
      this.refusing = 0;
      this.opened++;
      const far = connect(port, '127.0.0.1');
      this.lines.add(near);
      far.on('error', () => near.destroy());
      near.on('close', () => {
        this.lines.delete(near);
        far.destroy();
      });
      let isLost = false;
      let isMute = false;
      near.on('data', (request: Buffer) => {
        if (this.muting !== undefined && request.includes(this.muting)) {
          isMute = true;
          this.muting = undefined;
        }
        if (this.losing !== undefined && request.includes(this.losing)) {
          isLost = true;
          this.losing = undefined;
        }
        far.write(request);
      });
      far.on('data', (answer) => {
        if (isLost) near.resetAndDestroy();
        else if (!isMute) near.write(answer);
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  reset(): void {
    for (const line of this.lines) line.resetAndDestroy();
  }

  close(): Promise<void> {
    this.reset();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

describe.skipIf(isSkipped('initdb'))(
  `connections to Postgres that break while it is there${skipNote('initdb')}`,
  () => {
    let server: PostgresServer;
    let url: string;
    let way: Way;
    let state: PostgresState;
    beforeAll(async () => {
      server = await sharedPostgres();
    });
    beforeEach(async () => {
      url = await server.database();
      way = new Way(server.port);
      await way.listen();
      state = openPostgresState(settingsFor(url.replace(`:${server.port}/`, `:${way.port}/`)));
      await state.set('k', 'v', { ttl: 600_000 });
      // As many as there may be.
      await Promise.all(Array.from({ length: 8 }, () => state.get('k')));
    });
    afterEach(async () => {
      vi.useRealTimers();
      await state.close();
      await way.close();
    });
    /** Time stands still but here: no other statement can be late. */
    const passOverSilence = async () => {
      await until('a line is silent', () => way.muting === undefined);
      vi.advanceTimersByTime(2 * PATIENCE);
    };
    const terminate = async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tributary' AND datname = current_database()",
      );
      await client.end();
    };

    test.each([
      ['reset while they are used', async () => way.reset(), false],
      // While it is under way it may end the fresh ones as well, and then a read has had its second chance.
      ['ended by an operator', terminate, true],
    ])('%s: reads do not notice, and nobody is kept from it', async (_, cut, isOver) => {
      for (let times = 0; times < 5; times++) {
        const cutting = cut();
        if (isOver) await cutting;
        const told = await Promise.all(Array.from({ length: 12 }, () => state.get('k')));
        expect(new Set(told.map((found) => found?.value))).toEqual(new Set(['v']));
        await cutting;
        expect((await state.get('k'))?.value).toBe('v');
      }
    });

    test('a write whose answer is lost fails alone, and is not done twice', async () => {
      for (let times = 1; times <= 5; times++) {
        way.losing = 'stream-s';
        await expect(state.append('stream-s', String(times), { maxEntries: 1_000 })).rejects.toMatchObject({
          kind: 'state',
        });
        // The gate is open: neither a read nor a write is told of it.
        expect((await state.read('stream-s', 0, 1_000)).map(({ value }) => Number(value)).at(-1)).toBe(times);
        expect((await state.read('stream-s', 0, 1_000)).length).toBe(times);
      }
      way.losing = 'k';
      expect((await state.get('k'))?.value).toBe('v');
      expect(await state.append('stream-s', 'last', { maxEntries: 1_000 })).toBe(6);
    });

    test('a write whose connection could not even be opened is sent on another', async () => {
      const other = openPostgresState(settingsFor(url.replace(`:${server.port}/`, `:${way.port}/`)));
      await other.get('k');
      way.refusing = 1;
      // The one connection that there is goes to the first.
      const [, id] = await Promise.all([other.get('k'), other.append('s', '1', { maxEntries: 10 })]);
      expect([id, (await other.read('s', 0, 10)).length, way.refusing]).toEqual([1, 1, 0]);
      await other.close();
    });

    test('all of them at once, with many who ask, are opened anew no more often than they may be', async () => {
      const before = way.opened;
      way.reset();
      await Promise.all(Array.from({ length: 100 }, () => state.get('k')));
      // Twice as many for a while, and the one by which it was seen that the database is there.
      expect(way.opened - before).toBeLessThanOrEqual(2 * 4 + 1);
    });

    test('one of long ago, of which is heard late, changes nothing', async () => {
      const operator = new Client({ connectionString: url });
      await operator.connect();
      await operator.query('SELECT pg_advisory_lock(77)');
      const waiting = state.query({ text: 'SELECT pg_advisory_lock(77)' }).catch((error: Error) => error);
      const waiters = () =>
        operator.query(
          "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()",
        );
      await expect.poll(async () => (await waiters()).rowCount).toBe(1);
      for (let times = 0; times < 2; times++) {
        way.losing = 'k';
        expect((await state.get('k'))?.value).toBe('v');
        expect(way.losing).toBe(undefined);
      }
      const { opened } = way;
      const [waiter] = (await waiters()).rows;
      await operator.query('SELECT pg_terminate_backend($1)', [waiter.pid]);
      expect(await waiting).toMatchObject({ kind: 'state' });
      expect((await state.get('k'))?.value).toBe('v');
      expect(way.opened).toBe(opened);
      await operator.end();
      // And every connection has somebody who ends it.
      await state.close();
      await until('all are ended', () => way.lines.size === 0);
    });

    test('a connection that falls silent under a statement is closed, and never lent to another', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const settings = settingsFor(url.replace(`:${server.port}/`, `:${way.port}/`));
      const single = openPostgresState({ ...settings, connections: 1 });
      await single.set('k', 'v', { ttl: 600_000 });
      await single.get('k');
      const lines = new Set(way.lines);
      for (let times = 0; times < 2; times++) {
        way.muting = 'tributary.keys';
        // A statement that is known by its name would not have its text in it.
        const failed = single.query({ text: 'SELECT count(*) FROM tributary.keys' }).catch((error: Error) => error);
        await passOverSilence();
        expect(await failed).toMatchObject({ message: 'state: Query read timeout' });
        await expect.poll(() => single.get('k').then((found) => found?.value, String)).toBe('v');
      }
      await single.close();
      await until('all of its lines are closed', () => [...way.lines].every((line) => lines.has(line)));
    });

    test('a doorbell that can’t be rung any more is replaced', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const cut = openPostgresState(settingsFor(url.replace(`:${server.port}/`, `:${way.port}/`)));
      let heard = 0;
      cut.doorbell?.on(() => heard++);
      await until('it listens', () => cut.doorbell?.isOpen === true);
      const other = openPostgresState(settingsFor(url));
      other.doorbell?.on(() => undefined);
      await until('the other one listens', () => other.doorbell?.isOpen === true);
      way.muting = 'NOTIFY';
      await cut.append('purges', '1', { maxEntries: 10 });
      await passOverSilence();
      await until('it is found out', () => cut.doorbell?.isOpen === false);
      vi.runOnlyPendingTimers();
      await until('there is another one', () => cut.doorbell?.isOpen === true);
      heard = 0;
      await other.append('purges', '2', { maxEntries: 10 });
      await until('it is heard', () => {
        vi.advanceTimersByTime(10);
        return heard > 0;
      });
      await Promise.all([cut.close(), other.close()]);
    });

    test('and can’t be replaced are an error of the state, and no more once they can', async () => {
      let isUnreadable = false;
      const settings = settingsFor(url.replace(`:${server.port}/`, `:${way.port}/`));
      const other = openPostgresState({
        ...settings,
        get url() {
          if (isUnreadable) throw new Error('unreadable');
          return settings.url;
        },
      });
      await other.get('k');
      isUnreadable = true;
      for (let times = 0; times < 2; times++) {
        way.losing = 'k';
        await expect(other.get('k')).rejects.toMatchObject({ kind: 'state' });
        await expect.poll(() => other.get('k').then((found) => found?.value, String)).toBe('v');
      }
      isUnreadable = false;
      way.losing = 'k';
      expect((await other.get('k'))?.value).toBe('v');
      await other.close();
    });

    test('a database that is away still keeps callers waiting for nothing', async () => {
      await way.close();
      await expect(state.get('k')).rejects.toMatchObject({ kind: 'state' });
      const errors = await Promise.all(Array.from({ length: 50 }, () => state.get('k').catch((error: Error) => error)));
      expect(new Set(errors.map((error) => (error as Error).cause)).size).toBeLessThanOrEqual(2);
      way = new Way(server.port);
    });
  },
);
