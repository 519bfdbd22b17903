import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEAN_FLAGS } from '../support/lean-flags.ts';

/** A server in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  /** Microseconds of CPU that it has used so far; undefined where the system does not tell. */
  cpu(): number | undefined;
  /** Bytes that its JavaScript has allocated so far; undefined where it does not tell. */
  allocated(): Promise<number | undefined>;
  stop(): void;
}

const READY_TIMEOUT_MS = 120_000;
const TICK = 10_000;
const NEXT = fileURLToPath(new URL('../../node_modules/next/dist/bin/next', import.meta.url));
const ALLOCATED = new URL('servers/allocated.ts', import.meta.url).href;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const local = ({ port }: Pick<Contender, 'port'>): string => `http://127.0.0.1:${port}`;

/** Runs a script of this folder that tells its port. */
export function runServer(name: string, script: string, env: Record<string, string> = {}, args: string[] = []) {
  const execArgv = [...(script.endsWith('servers/lean.ts') ? LEAN_FLAGS : []), '--import', ALLOCATED];
  const child = fork(here(script), args, { execArgv, env: { ...process.env, NODE_ENV: 'production', ...env } });
  return new Promise<Contender>((resolve, reject) => {
    child.once('message', ({ port }: { port: number }) =>
      resolve({ ...contender(name, port, child), allocated: () => allocatedBy(child) }),
    );
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} as it started`)));
  });
}

/** Runs what listens on PORT: the lean host, or `next start` of a folder. */
export async function runHost(name: string, folder: string, lean: boolean, env: Record<string, string>) {
  const port = await freePort();
  const own = {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'error',
    INSPECTOR: 'off',
    ...env,
  };
  const args = lean ? [] : ['start', '-p', String(port), '-H', '127.0.0.1'];
  const cwd = here(folder);
  const child = fork(lean ? join(cwd, 'server.ts') : NEXT, args, {
    cwd,
    execArgv: lean ? LEAN_FLAGS : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...own },
  });
  return contender(name, port, child);
}

/** Waits until a target answers 200. */
export async function ready({ name, port }: Contender, target: string): Promise<void> {
  const late = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}${target}`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (performance.now() > late) throw new Error(`${name} did not answer ${target} (${answer?.status})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function contender(name: string, port: number, child: ChildProcess): Contender {
  const { pid = 0 } = child;
  return { name, port, cpu: () => cpuOf(pid), allocated: async () => undefined, stop: () => child.kill('SIGKILL') };
}

/** Asked of `servers/allocated.ts`, which runs in the child. */
function allocatedBy(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.once('message', ({ allocated }: { allocated?: number }) => resolve(allocated));
    child.send('allocated');
  });
}

/** User and system time of a process and its children (proc(5), in ticks of 10 ms). */
function cpuOf(pid: number): number | undefined {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return undefined;
  const fields = readFileSync(stat, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const own = (Number(fields[11]) + Number(fields[12])) * TICK;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + (cpuOf(Number(child)) ?? 0), own);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
