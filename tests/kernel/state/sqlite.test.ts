import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteState } from '#kernel/state/sqlite.ts';
import { stateSuite } from './suite.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
const KILLS = 12;

const folder = () => mkdtempSync(join(tmpdir(), 'tributary-state-'));

stateSuite('a SQLite file', () => {
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
  }, 60_000);
});
