import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once as emitted } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresSettings } from '#services/state/postgres/pool.ts';
import { freePort } from './host.ts';
import { PATIENCE } from './patience.ts';
import { programFile } from './program.ts';
import { endsWithAll, scratch } from './scratch.ts';
import { once } from './shared-host.ts';

/** Settings in which no verdict is on how fast a machine is. */
export const settingsFor = (url: string): PostgresSettings => ({
  url,
  connections: 4,
  connectTimeout: PATIENCE,
  statementTimeout: PATIENCE,
});

/** A server of a test's own. */
export interface PostgresServer {
  readonly port: number;
  /** A new, empty database; its URL. */
  database(): Promise<string>;
  /** Ends it as a power cut or an operator would. It can be started again on what it has on its disk. */
  end(how: 'SIGKILL' | 'SIGINT'): Promise<void>;
  start(): Promise<void>;
  /** Lets it stand still, or go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  dispose(): Promise<void>;
}

/** Postgres refuses root: there it runs as the user that its package has made. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

/** Making a cluster takes a second of a core, and copying it a tenth: the first worker that needs one makes it for all. */
function copyEmptyCluster(bin: string, user: { uid?: number; gid?: number }, data: string): void {
  const empty = join(scratch(process.ppid), 'empty-cluster');
  if (!existsSync(empty)) {
    const made = makeCluster(bin, user);
    try {
      renameSync(made, empty);
    } catch (error) {
      // Another worker was as fast.
      if (!existsSync(empty)) throw error;
    }
  }
  execFileSync('cp', ['-a', empty, data]);
}

function makeCluster(bin: string, user: { uid?: number; gid?: number }): string {
  const folder = mkdtempSync(join(scratch(process.ppid), 'postgres-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'], {
    ...user,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return data;
}

/** A server for whoever does no more than make databases: the files of a worker share it. */
export const sharedPostgres = (): Promise<PostgresServer> => once('postgres', () => startPostgres({ outlives: true }));

/**
 * Starts a server with an empty cluster. What it has acknowledged survives SIGKILL, though not a power cut. One that
 * outlives its file is ended with all tests.
 */
export async function startPostgres({ outlives = false } = {}): Promise<PostgresServer> {
  const bin = dirname(programFile('initdb') ?? '');
  const user = owner();
  const folder = mkdtempSync(join(outlives ? scratch(process.ppid) : tmpdir(), 'tributary-postgres-'));
  chmodSync(folder, 0o700);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  copyEmptyCluster(bin, user, data);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    folder,
    '-h',
    '127.0.0.1',
    '-c',
    'fsync=off',
    '-c',
    'max_connections=100',
  ];

  /** True when it takes connections; false when it ended because those of a killed one still hold its memory. */
  const launch = async (deadline: number): Promise<boolean> => {
    let said = '';
    const server = spawn(join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    server.stderr.on('data', (chunk: Buffer) => (said += chunk));
    const closed = emitted(server, 'close');
    child = server;
    while (!(await takesConnections(port))) {
      const hasEnded = server.exitCode !== null;
      if (hasEnded) await closed;
      if (hasEnded && said.includes('pre-existing shared memory block')) return false;
      if (hasEnded || performance.now() > deadline) throw new Error(`Postgres did not start:\n${said}`);
      await setTimeout(20);
    }
    return true;
  };
  const start = async () => {
    const deadline = performance.now() + PATIENCE;
    while (!(await launch(deadline)));
  };
  const end = async (how: 'SIGKILL' | 'SIGINT') => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = emitted(child, 'exit');
    // Those that it leaves behind would answer for a moment still.
    const others = how === 'SIGKILL' ? childrenOf(child.pid ?? 0) : [];
    child.kill('SIGCONT');
    child.kill(how);
    for (const pid of others) killIfThere(pid);
    await ended;
  };
  const leave = () => child?.kill('SIGINT');
  process.once('exit', leave);
  await start();
  if (outlives && child?.pid) endsWithAll(child.pid);

  let count = 0;
  return {
    port,
    start,
    end,
    database: async () => {
      const name = `test_${++count}`;
      await ask(port, `CREATE DATABASE ${name}`);
      return `postgres://test@127.0.0.1:${port}/${name}`;
    },
    signal: (signal) => {
      for (const pid of [child?.pid ?? 0, ...childrenOf(child?.pid ?? 0)]) process.kill(pid, signal);
    },
    dispose: async () => {
      process.off('exit', leave);
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)])
    .toString()
    .trim()
    .split(/\s+/)
    .map(Number);

async function takesConnections(port: number): Promise<boolean> {
  return ask(port, 'SELECT 1').then(
    () => true,
    () => false,
  );
}

/** One statement on a connection of its own. */
async function ask(port: number, sql: string): Promise<void> {
  const client = new Client({ connectionString: `postgres://test@127.0.0.1:${port}/postgres` });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}
