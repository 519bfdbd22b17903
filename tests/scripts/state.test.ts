import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { State } from '#kernel/state/state.ts';
import { copyState } from '#services/state/postgres/copy.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { type PostgresServer, settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';

const FAR = 3_600_000;
const KEYS = 2_300;

async function swapped(state: State, key: string): Promise<void> {
  const there = await state.get(key);
  expect(await state.swap(key, there?.version ?? 0, 'renewed', { ttl: FAR })).toBeDefined();
}

describe.skipIf(isSkipped('initdb'))(`npm run state -- copy${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let folder: string;
  let file: string;
  let url: string;
  beforeAll(async () => {
    server = await sharedPostgres();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-state-script-'));
    file = join(folder, 'state.db');
    url = await server.database();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, ['scripts/state.ts', ...args], (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });
  }
  const script = () => run('copy', '--from', file, '--to', url);
  /** What the script does, without its start. */
  const copy = () => copyState(file, url, () => undefined);

  async function fill(state: State): Promise<void> {
    const steps = Array.from({ length: KEYS }, (_, index) => ({
      do: 'claim' as const,
      key: `guest:${index}\0`,
      value: `{"ü":"${index}"}`,
      ttl: FAR,
      owner: `o${index % 40}`,
    }));
    await state.commit(steps);
    for (let index = 1; index <= 30; index++) await state.append('purges', String(index), { maxEntries: 20 });
    await state.commit([{ do: 'enqueue', queue: 'inbox', member: 'guest:1\0', due: 77 }]);
  }

  test('moves everything over, with versions and ids that go on', async () => {
    const before = openSqliteState(file);
    await fill(before);
    const [first, last] = await Promise.all([before.get('guest:0\0'), before.get(`guest:${KEYS - 1}\0`)]);
    const entries = await before.read('purges', 0, 100);
    await before.close();
    const { code, output } = await script();
    expect(output).toMatch(new RegExp(`Copied in .* s: ${KEYS} keys, 20 entries of 1 streams, 1 waiting in queues`));
    expect(output).toContain('STATE_KEYS');
    expect(code).toBe(0);
    const after = openPostgresState(settingsFor(url));
    expect(await Promise.all([after.get('guest:0\0'), after.get(`guest:${KEYS - 1}\0`)])).toEqual([first, last]);
    expect(await after.read('purges', 0, 100)).toEqual(entries);
    expect(await after.due('inbox', 100, 10)).toEqual([{ member: 'guest:1\0', due: 77 }]);
    expect(await after.append('purges', 'next', { maxEntries: 20 })).toBe(31);
    expect(await after.swap('guest:0\0', first?.version ?? 0, 'x', { ttl: FAR })).toBeGreaterThan(last?.version ?? 0);
    // Owners came along: there is an end to what one of them has.
    const { rows } = await after.query({
      text: "SELECT count(*)::int AS held FROM tributary.keys WHERE kind = 'guest' AND owner = 'o7'",
    });
    expect(rows).toEqual([{ held: Math.ceil((KEYS - 7) / 40) }]);
    await after.close();
  });

  test('again is no harm, and brings what has changed; but not over what servers have written since', async () => {
    const state = openSqliteState(file);
    await fill(state);
    await state.close();
    await copy();
    await state.remove('guest:5\0');
    await state.set('guest:new', 'n', { ttl: FAR });
    await state.close();
    expect(await copy()).toMatchObject({ keys: KEYS });
    const after = openPostgresState(settingsFor(url));
    expect([await after.get('guest:5\0'), (await after.get('guest:new'))?.value]).toEqual([undefined, 'n']);
    await after.append('events', 'one', { maxEntries: 10 });
    const { code, output } = await script();
    expect([code, output]).toEqual([
      1,
      'Nothing was copied: servers have written to this database already: copy into an empty one, or go on with what it has\n',
    ]);
    expect((await after.get('guest:new'))?.value).toBe('n');
    await after.close();
  });

  test.each<[string, (server: State) => Promise<unknown>]>([
    ['a session was signed out', (server) => server.remove('session:1')],
    ['a spent token was replaced', async (server) => swapped(server, 'session:1')],
    ['what was ended is counted', (server) => server.append('sessions:ended', '1', { maxEntries: 10 })],
    ['a delivery was worked off', (server) => server.commit([{ do: 'dequeue', queue: 'inbox', member: 'd' }])],
    [
      'a delivery waits for longer',
      (server) => server.commit([{ do: 'enqueue', queue: 'inbox', member: 'd', due: 99 }]),
    ],
    [
      'a key came and went',
      async (server) => {
        await server.set('guest:new', 'x', { ttl: FAR });
        await server.remove('guest:new');
      },
    ],
  ])('again is refused once %s there: nothing comes back', async (_, work) => {
    const before = openSqliteState(file);
    await before.set('session:1', 'signed in', { ttl: FAR });
    await before.set('session:2', 'signed in', { ttl: FAR });
    await before.commit([{ do: 'enqueue', queue: 'inbox', member: 'd', due: 77 }]);
    await before.close();
    await copy();
    // Servers that only look have changed nothing.
    const after = openPostgresState(settingsFor(url));
    expect((await after.get('session:1'))?.value).toBe('signed in');
    await copy();
    await work(after);
    const left = await Promise.all([after.get('session:1'), after.queued('inbox')]);
    await expect(copy()).rejects.toThrow('servers have written');
    expect(await Promise.all([after.get('session:1'), after.queued('inbox')])).toEqual(left);
    await after.close();
  });

  test('refuses a file that a server still has open, and one that is not there, which it does not make', async () => {
    const state = openSqliteState(file);
    await state.set('a', 'b', { ttl: FAR });
    await expect(copy()).rejects.toThrow(`${file} is in use: stop every server that keeps its state there`);
    await state.set('a', 'c', { ttl: FAR });
    await state.close();
    await copy();
    file = join(folder, 'none.db');
    expect(await script()).toEqual({ code: 1, output: `Nothing was copied: There is no file ${file}.\n` });
    expect(existsSync(file)).toBe(false);
  });

  test('is one thing, said in one way', async () => {
    for (const args of [
      ['copy', '--from', file],
      ['copy', '--from', file, '--to', 'mysql://x'],
    ])
      expect(await run(...args)).toMatchObject({ code: 2, output: expect.stringContaining('npm run state -- copy') });
  });
});
