// Preloaded by the scripts in package.json. npm hands a signal to its shell, and on many systems the shell ends without
// handing it on; where npm is killed, the shell lives on as well. So we end, in order, once one of the two is gone.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const OFTEN = 200;
const starters = startersOf(process.ppid);

const watch = setInterval(() => {
  if (process.ppid === starters[0] && starters.every(isAlive)) return;
  clearInterval(watch);
  // Not by a signal: on Windows that is the end at once.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
}, OFTEN).unref();

/** Our parent, and npm where that is its shell. On Windows a shell ends with its npm, so that it is enough. */
function startersOf(parent: number): number[] {
  try {
    const [name = '', above = ''] = process.platform === 'linux' ? fromProc(parent) : fromPs(parent);
    return /(?:^|\/)-?(?:ba|da|z|a|k)?sh$/.test(name) && Number(above) > 0 ? [parent, Number(above)] : [parent];
  } catch {
    return [parent];
  }
}

/** The name of a process and its parent. */
function fromProc(pid: number): string[] {
  const [, name, above] = /^\d+ \((.*)\) \S+ (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return [name ?? '', above ?? ''];
}

function fromPs(pid: number): string[] {
  const output = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
  const [above = '', name = ''] = output.trim().split(/\s+/);
  return [name, above];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Here it is, but another project's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
