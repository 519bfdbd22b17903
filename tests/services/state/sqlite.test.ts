import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { runs } from '#tests/support/long.ts';
import { stateSuite } from './suite.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
const KILLS = runs(12);

const folder = () => mkdtempSync(join(tmpdir(), 'tributary-state-'));

stateSuite('a SQLite file', runs(40), () => {
  const place = folder();
  let file = join(place, 'deep', 'state.db');
  return {
    open: (clock) => openSqliteState(file, clock),
    spoil: () => {
      // A folder stands where the file should.
      file = join(place, 'folder');
      mkdirSync(file);
    },
    dispose: () => rmSync(place, { recursive: true, force: true }),
  };
});

describe('what was acknowledged', () => {
  let place: string;
  beforeEach(() => {
    place = folder();
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  /** Lets a process write until it has told this many, and kills it in the middle of whatever it does then. */
  function writeAndDie(file: string, run: string, least: number): Promise<{ index: number; id: number }[]> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [WRITER, file, run], { stdio: ['ignore', 'pipe', 'inherit'] });
      let told = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        told += text;
        if (told.split('\n').length > least) child.kill('SIGKILL');
      });
      child.once('error', reject);
      child.once('close', () => {
        // The last line may be cut: what was not told whole was not acknowledged.
        const lines = told.slice(0, told.lastIndexOf('\n')).split('\n');
        resolve(lines.map((line) => line.split(' ').map(Number)).map(([index = -1, id = -1]) => ({ index, id })));
      });
    });
  }

  test(`survives SIGKILL, ${KILLS} times in a row`, async () => {
    const file = join(place, 'state.db');
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const told = await writeAndDie(file, String(kill), 20 + kill * 37);
      const state = openSqliteState(file);
      for (const { index, id } of told) {
        expect((await state.get(`${kill}.${index}`))?.value).toBe(`${kill}.${index}`);
        expect(await state.read('log', id - 1, 1)).toEqual([{ id, value: `${kill}.${index}` }]);
        acknowledged++;
      }
      await state.close();
    }
    expect(acknowledged).toBeGreaterThan(KILLS * 20);
  });
});

describe('the file', () => {
  let place: string;
  let file: string;
  beforeEach(() => {
    place = folder();
    file = join(place, 'data', 'state.db');
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  test('is its owner’s alone, and so is what stands beside it', async () => {
    const state = openSqliteState(file);
    await state.set('a', 'b', { ttl: 1_000 });
    const modes = ['', '/state.db', '/state.db-wal', '/state.db-shm'].map(
      (name) => statSync(join(place, 'data') + name).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
    await state.close();
  });

  test('is rid of what has expired, sooner or later', async () => {
    let now = 1_000;
    const state = openSqliteState(file, () => now);
    for (let index = 0; index < 500; index++) await state.set(`old.${index}`, 'x', { ttl: 100 });
    now += 100;
    for (let index = 0; index < 1_000; index++) await state.set('young', String(index), { ttl: 100 });
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('SELECT key FROM keys').all()).toEqual([{ key: 'young' }]);
    database.close();
    await state.close();
  });

  test('gives back to the disk what was deleted', async () => {
    let now = 1_000;
    const state = openSqliteState(file, () => now);
    const size = () => statSync(file).size;
    const long = 'x'.repeat(20_000);
    for (let index = 0; index < 300; index++) await state.set(`old.${index}`, long, { ttl: 100 });
    await state.close();
    const before = size();
    expect(before).toBeGreaterThan(6_000_000);
    // Quiet afterwards: a write now and then is enough.
    for (let minute = 0; minute < 3; minute++) {
      now += 60_000;
      await state.set('young', String(minute), { ttl: 100 });
    }
    await state.close();
    expect(size()).toBeLessThan(before / 3);
  });

  test('of an older version is taken over, and gives back too', async () => {
    mkdirSync(join(place, 'data'));
    const old = new DatabaseSync(file);
    old.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE keys (key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE versions (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
      INSERT INTO versions VALUES (1, 7);
      INSERT INTO keys VALUES ('guest:a', 'v', 7, 9000), ('other', 'w', 6, 9000)`);
    old.close();
    const state = openSqliteState(file, () => 1_000);
    expect(await state.get('guest:a')).toEqual({ value: 'v', version: 7 });
    expect(await state.set('other', 'x', { ttl: 100 })).toBe(8);
    await state.close();
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('SELECT key, kind FROM owners ORDER BY key').all()).toEqual([
      { key: 'guest:a', kind: 'guest' },
      { key: 'other', kind: '' },
    ]);
    expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
    database.close();
  });

  test('is written to by a process of an older build too, while that one ends', async () => {
    const state = openSqliteState(file, () => 1_000);
    await state.set('guest:ours', 'v', { ttl: 100, owner: 'a' });
    const old = new DatabaseSync(file);
    // As builds without quotas wrote them.
    const put = old.prepare(
      'INSERT INTO keys VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET value = ?2, version = ?3, expires = ?4',
    );
    put.run('guest:theirs', 'w', 41, 9_000);
    put.run('guest:ours', 'x', 42, 9_000);
    expect((await state.get('guest:theirs'))?.value).toBe('w');
    expect((await state.get('guest:ours'))?.value).toBe('x');
    old.exec("DELETE FROM keys WHERE key = 'guest:ours'");
    expect(old.prepare('SELECT key FROM owners').all()).toEqual([]);
    // What an older build wrote is nobody's until its owner writes it again.
    expect(await state.set('guest:theirs', 'y', { ttl: 100 })).toBeGreaterThan(0);
    expect(await state.set('guest:theirs', 'y', { ttl: 100, owner: 'a' })).toBeGreaterThan(0);
    expect(old.prepare('SELECT key, owner FROM owners').all()).toEqual([{ key: 'guest:theirs', owner: 'a' }]);
    old.close();
    await state.close();
  });

  test('of a newer build is refused with a sentence once it is no longer for this one', async () => {
    const version = (number: number) => {
      const database = new DatabaseSync(file);
      database.exec(`PRAGMA user_version = ${number}`);
      database.close();
    };
    const state = openSqliteState(file);
    await state.set('a', 'b', { ttl: 60_000 });
    await state.close();
    // Schemas only grow: the build before works on beside the new one.
    version(1_007);
    expect((await state.get('a'))?.value).toBe('b');
    await state.close();
    version(6_007);
    const refused = 'the file has schema version 7, made for builds that know version 6 at least; this build knows 1';
    await expect(state.get('a')).rejects.toThrow(refused);
    await expect(state.get('a')).rejects.toMatchObject({ kind: 'state' });
  });

  test('that others could read is closed, with what stands beside it', async () => {
    const names = ['', '-wal', '-shm'].map((name) => file + name);
    const before = openSqliteState(file);
    await before.set('a', 'b', { ttl: 60_000 });
    for (const name of names) chmodSync(name, 0o664);
    const state = openSqliteState(file);
    expect((await state.get('a'))?.value).toBe('b');
    expect(names.map((name) => statSync(name).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    await state.close();
    await before.close();
  });

  test('under another process’s write stops nothing else, and is written once that has ended', async () => {
    const state = openSqliteState(file);
    await state.set('a', '1', { ttl: 60_000 });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    // Of this very process: it would never come to an end if waiting for it stopped everything.
    setTimeout(() => other.exec('COMMIT'), 300);
    const claims = [true, false].map((durable) => state.claim(`b.${durable}`, '2', { ttl: 60_000, durable }));
    expect((await state.get('a'))?.value).toBe('1');
    expect(await Promise.all(claims)).toEqual([undefined, undefined]);
    expect((await state.get('b.true'))?.value).toBe('2');
    other.close();
    await state.close();
  });

  test('that is never free is away, after two seconds', async () => {
    const state = openSqliteState(file);
    await state.set('a', '1', { ttl: 60_000 });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();
    await expect(state.set('a', '2', { ttl: 60_000 })).rejects.toMatchObject({ kind: 'state' });
    expect(performance.now() - began).toBeGreaterThan(1_900);
    other.exec('ROLLBACK');
    other.close();
    await state.close();
  });
});
