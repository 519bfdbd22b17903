import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { relative, resolve, sep } from 'node:path';

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Restricts a file to its owner, if it is there. Throws if it belongs to another user and is open to others. */
export function restrictFile(file: string): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined || !there.isFile() || !isLoose(there.mode)) return;
  if (!isOurs(there.uid)) {
    throw new Error(`${file} is open to others (mode ${inOctal(there.mode)}) and is not ours to close: chmod 600 it`);
  }
  chmodSync(file, there.mode & 0o700);
}

/**
 * Makes a folder for our files, or restricts the one that is there to its owner. A folder that others use as well is
 * left as it is, but refused if others could put or swap files in it. If it can't be made, the first write to it fails.
 */
export function restrictFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  const { mode, uid } = statSync(folder);
  if (!isLoose(mode)) return;
  const isShared =
    !isOurs(uid) || (mode & STICKY) !== 0 || [process.cwd(), homedir()].some((one) => contains(folder, one));
  if (!isShared) chmodSync(folder, mode & 0o700);
  else if ((mode & OTHERS_WRITE) !== 0) {
    throw new Error(
      `the folder ${folder} can be written to by others (mode ${inOctal(mode)}) and is not ours alone to close: name a folder within it, which is then made, or chmod 700 it`,
    );
  }
}

/** Windows has no such modes: there a folder is as open as the one that it is in. */
const isLoose = (mode: number) => process.platform !== 'win32' && (mode & OTHERS) !== 0;
const isOurs = (uid: number) => uid === process.getuid?.();
const inOctal = (mode: number) => (mode & 0o7777).toString(8).padStart(4, '0');

function contains(folder: string, other: string): boolean {
  const way = relative(resolve(folder), resolve(other));
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^[A-Za-z]:/.test(way));
}
