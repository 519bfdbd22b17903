import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Where a module of the engine lies in a checkout: in its room of the kernel, or in the host. In an older checkout the
 * room has no rooms, or the module has an older name.
 */
export function moduleIn(root: string, room: string, ...names: readonly string[]): string {
  const folders = [join(root, 'kernel', room), join(root, 'host')];
  const found = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)))
    .find((path) => names.includes(basename(path)));
  if (found === undefined) throw new Error(`Neither ${folders.join(' nor ')} has ${names.join(' or ')}.`);
  return found;
}
