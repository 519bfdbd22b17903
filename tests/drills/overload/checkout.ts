import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lab.ts';

/** The folder of a commit's sources over the modules that are installed here; made where it is not there yet. */
export function checkoutOf(commit: string): string {
  const path = join(ROOT, '.scratch', `checkout-${commit.replaceAll('/', '-')}`);
  if (!existsSync(path))
    execFileSync('git', ['worktree', 'add', '--detach', path, commit], { cwd: ROOT, stdio: 'pipe' });
  const modules = join(path, 'node_modules');
  if (!existsSync(modules)) symlinkSync(join(ROOT, 'node_modules'), modules);
  return path;
}
