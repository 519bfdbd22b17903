import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for what outlives test files: of the process that runs them all, whose id its workers know. */
export function scratch(owner: number): string {
  const folder = join(tmpdir(), `tributary-tests-${owner}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const outliving = (owner: number) => join(scratch(owner), 'processes');

/** A process that outlives test files, and is ended when all have been run. */
export function endsWithAll(pid: number): void {
  appendFileSync(outliving(process.ppid), `${pid}\n`);
}

/** Vitest calls it before all, and what it returns after all. */
export default function removeScratch(): () => void {
  return () => {
    const file = outliving(process.pid);
    const pids = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
    for (const pid of pids) end(pid);
    rmSync(scratch(process.pid), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It has ended by itself.
  }
}
