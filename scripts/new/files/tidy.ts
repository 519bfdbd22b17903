import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { refused } from '../refused.ts';
import type { Draft } from './edits.ts';

/** Milliseconds; it takes some tens. */
const TIMEOUT_MS = 60_000;

/**
 * The drafts as the linter has them, which also proves that they are TypeScript and JSON. No file of the project is
 * touched.
 */
export function tidy(root: string, drafts: readonly Draft[]): Draft[] {
  const stage = mkdtempSync(join(tmpdir(), 'tributary-new-'));
  try {
    const { vcs: _, ...rules } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
    writeFileSync(join(stage, 'biome.json'), JSON.stringify({ ...rules, root: true }));
    for (const { path, text } of drafts) {
      mkdirSync(dirname(join(stage, path)), { recursive: true });
      writeFileSync(join(stage, path), text);
    }
    const biome = createRequire(join(root, 'package.json')).resolve('@biomejs/biome/bin/biome');
    const args = [biome, 'check', '--write', '--error-on-warnings', '--colors=off', '.'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: stage,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    if (status !== 0)
      throw refused(`What came out would not pass the linter, so nothing was written.\n${stdout}${stderr}`);
    return drafts.map((draft) => ({ ...draft, text: readFileSync(join(stage, draft.path), 'utf8') }));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
