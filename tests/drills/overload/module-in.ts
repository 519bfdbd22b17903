import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Where a module of the kernel lies in a checkout, also in an older one, whose rooms had no rooms within them. */
export function moduleIn(root: string, room: string, name: string): string {
  const folder = join(root, 'kernel', room);
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => basename(path) === name);
  if (found === undefined) throw new Error(`${folder} has no ${name}`);
  return join(folder, found);
}
