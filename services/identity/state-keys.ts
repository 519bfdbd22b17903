import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restrictFile } from '#services/state/private-files.ts';

const KEY_BYTES = 32;

/** The keys that seal stored data: those of the environment, else one that is made once and stored beside the data. */
export function stateKeys(given: readonly Uint8Array[] | undefined, dataDir: string): readonly Uint8Array[] {
  if (given !== undefined) return given;
  const file = join(dataDir, 'state-key');
  if (!existsSync(file)) makeKey(dataDir, file);
  restrictFile(file);
  return [readFileSync(file)];
}

/** All or nothing, and once: it is written under another name, and linked to its own if that is still free. */
function makeKey(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, file);
  } catch (error) {
    // Another process was first: its key is the one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
