import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Draft } from './edits.ts';

/** Writes all drafts, or none: if one fails, those written before are removed. */
export function writeAll(root: string, drafts: readonly Draft[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, before, text } of drafts) {
      const file = join(root, path);
      undo.push(...(before === undefined ? made(file) : [() => writeFileSync(file, before)]));
      // A file that was created meanwhile is not ours.
      writeFileSync(file, text, { flag: before === undefined ? 'wx' : 'w' });
      if (before === undefined) undo.push(() => rmSync(file));
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** Makes a file's folders, and says how to take them away again. */
function made(file: string): (() => void)[] {
  const first = mkdirSync(dirname(file), { recursive: true });
  return first === undefined ? [] : [() => rmSync(first, { recursive: true })];
}
