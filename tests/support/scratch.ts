import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for what outlives test files: of the process that runs them all, whose id its workers know. */
export function scratch(owner: number): string {
  const folder = join(tmpdir(), `tributary-tests-${owner}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Vitest calls it before all, and what it returns after all. */
export default function removeScratch(): () => void {
  return () => rmSync(scratch(process.pid), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
