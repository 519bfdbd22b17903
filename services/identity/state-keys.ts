import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;

/** The keys that seal what is kept: those of the environment, else one that is made once and kept beside the data. */
export function stateKeys(given: readonly Uint8Array[] | undefined, dataDir: string): readonly Uint8Array[] {
  if (given !== undefined) return given;
  const file = join(dataDir, 'state-key');
  mkdirSync(dataDir, { recursive: true });
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return [readFileSync(file)];
}
