import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateKeys } from '#services/identity/state-keys.ts';

const MAKER = fileURLToPath(new URL('./key-maker.ts', import.meta.url));

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tributary-keys-'));
  folder = join(place, 'data');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** What another process takes for the key. `limit` goes before it in the shell. */
async function elsewhere(limit = ''): Promise<string> {
  const command = `${limit} exec "${process.execPath}" "${MAKER}" "${folder}"`;
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return said;
}

test('a key is made once, for its owner alone', async () => {
  const [key] = stateKeys(undefined, folder);
  expect(key).toHaveLength(32);
  expect(stateKeys(undefined, folder)).toEqual([key]);
  expect(readdirSync(folder)).toEqual(['state-key']);
  expect([statSync(folder).mode & 0o777, statSync(join(folder, 'state-key')).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(await elsewhere()).toBe(Buffer.from(key ?? []).toString('hex'));
});

test('those of the environment come first, and then none is made', () => {
  const given = [new Uint8Array(32)];
  expect(stateKeys(given, folder)).toBe(given);
  expect(() => readdirSync(folder)).toThrow('ENOENT');
});

test('processes that start at once have the same one', async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, () => elsewhere()));
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(folder)).toEqual(['state-key']);
});

test('a process that can not write it to its end leaves none', async () => {
  // A file may be begun but have no bytes, as on a full disk.
  expect(await elsewhere('ulimit -f 0;')).toBe('');
  expect(stateKeys(undefined, folder)[0]).toHaveLength(32);
});
