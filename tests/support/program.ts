import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts servers besides. */
const MORE = ['/usr/sbin'];

/** The file of a program that is installed here; undefined where it is not. */
export function programFile(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/**
 * Whether tests of a program are skipped, since it is not installed here. They say so in their name; in CI, where it is
 * installed, they fail instead.
 */
export const isSkipped = (name: string): boolean => programFile(name) === undefined && !process.env.CI;

/** What a test's title says of it. */
export const skipNote = (name: string): string => (isSkipped(name) ? ` (SKIPPED: ${name} is not installed here)` : '');
