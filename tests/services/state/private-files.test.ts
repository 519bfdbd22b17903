import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { restrictFile, restrictFolder } from '#services/state/private-files.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tributary-private-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(place, { recursive: true, force: true });
});

const modeOf = (path: string) => statSync(path).mode & 0o7777;
/** As if what is there were somebody else's. */
const asAnother = () => vi.spyOn(process, 'getuid').mockReturnValue(statSync(place).uid + 1);

test('a folder is made for us alone, and so are those on the way to it', () => {
  restrictFolder(join(place, 'a', 'b'));
  expect([modeOf(join(place, 'a')), modeOf(join(place, 'a', 'b'))]).toEqual([0o700, 0o700]);
});

test.each([0o755, 0o777, 0o770, 0o701, 0o750])('one of ours with mode %o is closed', (mode) => {
  const folder = join(place, 'data');
  mkdirSync(folder);
  chmodSync(folder, mode);
  restrictFolder(folder);
  expect(modeOf(folder)).toBe(0o700);
});

test.each([0o644, 0o666, 0o640, 0o604])('a file of ours with mode %o is closed, also behind a link', (mode) => {
  const file = join(place, 'key');
  writeFileSync(file, 'x');
  chmodSync(file, mode);
  symlinkSync(file, join(place, 'link'));
  restrictFile(join(place, 'link'));
  expect(modeOf(file)).toBe(0o600);
});

test('what is not there is no one’s', () => {
  restrictFile(join(place, 'none'));
  writeFileSync(join(place, 'file'), '');
  // Whoever writes there finds that it can't be.
  restrictFolder(join(place, 'file', 'data'));
});

test('what is another user’s is not closed but refused where others can write, and says what to do', () => {
  const folder = join(place, 'data');
  mkdirSync(folder);
  for (const mode of [0o777, 0o775, 0o757]) {
    chmodSync(folder, mode);
    asAnother();
    expect(() => restrictFolder(folder)).toThrow(
      /can be written to by others \(mode 0\d{3}\).+name a folder within it/,
    );
    expect(modeOf(folder)).toBe(mode);
  }
  chmodSync(folder, 0o755);
  restrictFolder(folder);
  const file = join(folder, 'state.db');
  writeFileSync(file, '');
  chmodSync(file, 0o644);
  expect(() => restrictFile(file)).toThrow('chmod 600');
});

test('a folder that is there for others too is never closed: a shared one, and one that we work in', () => {
  const shared = join(place, 'tmp');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  expect(() => restrictFolder(shared)).toThrow('name a folder within it');
  expect(modeOf(shared)).toBe(0o1777);
  const project = join(place, 'project');
  mkdirSync(join(project, 'within'), { recursive: true });
  chmodSync(project, 0o755);
  vi.spyOn(process, 'cwd').mockReturnValue(join(project, 'within'));
  restrictFolder(project);
  expect(modeOf(project)).toBe(0o755);
});
