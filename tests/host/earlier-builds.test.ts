import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStaticFiles } from '#host/pages/static-files.ts';
import { earlierBuilds } from '#host/process/earlier-builds.ts';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'builds-'));
  folder = join(root, 'kept');
});
afterEach(() => rmSync(root, { recursive: true }));

/** A build of two files: one of its own, and one that every build has. */
function build(id: string): string {
  const path = join(root, id);
  for (const name of ['static', 'coded']) mkdirSync(join(path, name), { recursive: true });
  writeFileSync(join(path, 'BUILD_ID'), id);
  writeFileSync(join(path, 'static', `${id}.js`), id);
  writeFileSync(join(path, 'static', 'same.js'), id);
  return path;
}

const served = async (path: string, now: number) => {
  const files = await readStaticFiles(path, await earlierBuilds(path, folder, now));
  return Object.fromEntries(
    [...files].map(([target, { identity }]) => [target.slice('/_next/static/'.length), String(identity.bytes)]),
  );
};

test('a tab finds the files of its build for a day after the last process that served it', async () => {
  const [one, two, three] = [build('one'), build('two'), build('three')];
  expect(await served(one, NOW)).toEqual({ 'one.js': 'one', 'same.js': 'one' });
  expect(await served(two, NOW + HOUR)).toEqual({ 'one.js': 'one', 'two.js': 'two', 'same.js': 'two' });
  // Of the first the day is over, and nothing of it is left.
  expect(await served(three, NOW + 24 * HOUR)).toEqual({ 'two.js': 'two', 'three.js': 'three', 'same.js': 'three' });
  expect(readdirSync(folder).sort()).toEqual(['three', 'two']);
  // A build that is back is the one that counts.
  expect(await served(two, NOW + 25 * HOUR)).toMatchObject({ 'same.js': 'two', 'three.js': 'three' });
});

test('several processes of one build start at once', async () => {
  const path = build('one');
  const all = await Promise.all(Array.from({ length: 8 }, () => earlierBuilds(path, folder, NOW)));
  expect(all).toEqual(all.map(() => []));
  expect(readdirSync(folder)).toEqual(['one']);
  expect(existsSync(join(folder, 'one', 'static', 'one.js'))).toBe(true);
});

test('what a process did not finish is not served, and goes after a day', async () => {
  const unfinished = join(folder, 'one.x.unfinished');
  mkdirSync(join(unfinished, 'static'), { recursive: true });
  utimesSync(unfinished, NOW / 1_000, NOW / 1_000);
  expect(await earlierBuilds(build('two'), folder, NOW)).toEqual([]);
  expect(readdirSync(folder)).toContain('one.x.unfinished');
  await earlierBuilds(build('two'), folder, NOW + 24 * HOUR);
  expect(readdirSync(folder)).toEqual(['two']);
});
