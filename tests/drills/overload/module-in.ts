import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Where a module of the kernel lies in a checkout; in an older one its room has no rooms, or it has an older name. */
export function moduleIn(root: string, room: string, ...names: readonly string[]): string {
  const folder = join(root, 'kernel', room);
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) =>
    names.includes(basename(path)),
  );
  if (found === undefined) throw new Error(`${folder} has no ${names.join(' or ')}`);
  return join(folder, found);
}
