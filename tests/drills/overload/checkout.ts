import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lab.ts';

/** The folder of a commit's sources over the modules and the build that are here; made where it is not there yet. */
export function checkoutOf(commit: string): string {
  const path = join(ROOT, '.scratch', `checkout-${commit.replaceAll('/', '-')}`);
  if (!existsSync(path))
    execFileSync('git', ['worktree', 'add', '--detach', path, commit], { cwd: ROOT, stdio: 'pipe' });
  for (const made of ['node_modules', '.next']) {
    if (!existsSync(join(path, made))) symlinkSync(join(ROOT, made), join(path, made));
  }
  return path;
}
