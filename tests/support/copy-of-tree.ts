import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Left out wherever they are, and only at the top: `app/docs` is a part of the house. */
const MADE = ['node_modules', '.next'];
const LEFT_OUT = ['.git', '.scratch', '.data', '.env', 'tests', 'docs', 'coverage'];

/** One place of the sources, and what is to stand there instead. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * A copy of the sources with a defect in it, over the same modules and build: for the lean host. One that is to be built
 * itself has modules of its own, since what is built may not come from outside of its folder.
 */
export function copyOfTree(
  changes: readonly Change[],
  { tests = false, toBuild = false } = {},
): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tributary-copy-'));
  // The build takes some documents along.
  const comes = [...(tests ? ['tests'] : []), ...(toBuild ? ['docs'] : [])];
  const leftOut = LEFT_OUT.filter((name) => !comes.includes(name));
  const comesAlong = (from: string) => !MADE.includes(basename(from)) && !leftOut.includes(relative(ROOT, from));
  cpSync(ROOT, path, { recursive: true, filter: comesAlong });
  if (toBuild) linkModules(path);
  else for (const shared of ['node_modules', '.next']) symlinkSync(join(ROOT, shared), join(path, shared));
  for (const { file, from, to } of changes) {
    const text = readFileSync(join(path, file), 'utf8');
    assert.ok(text.includes(from), `${file} has what is to be changed`);
    writeFileSync(join(path, file), text.replace(from, to));
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** As hard links where the file system has them: it is most of a gigabyte. */
function linkModules(path: string): void {
  const [from, to] = [join(ROOT, 'node_modules'), join(path, 'node_modules')];
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}
