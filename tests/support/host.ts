import { type ChildProcess, execSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MockServer } from '#mocks/server.ts';
import { isFree } from '../../scripts/ports.ts';
import { PATIENCE, UNHURRIED } from './patience.ts';
import { scratch } from './scratch.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEAVE_WITH_PARENT = new URL('../../scripts/leave-with-parent.ts', import.meta.url).href;
const NEXT = fileURLToPath(new URL('../../node_modules/next/dist/bin/next', import.meta.url));

/** All tests come from one address, and from a few customers; no verdict is on how fast a machine is; starts are many. */
const GENEROUS = {
  DRAIN_NOTICE: '0',
  DRAIN_PATIENCE: '400',
  WARM_UP: '0',
  RATE_LIMIT_READS: '100000/1m',
  RATE_LIMIT_WRITES: '100000/1m',
  RATE_LIMIT_LOGINS: '100000/1m',
  DEADLINE_SCALE: String(UNHURRIED),
};

/**
 * For hosts whose upstreams are to be given up: it takes a few seconds, and nothing that is well is late meanwhile. What
 * is `slow` must be slower than that.
 */
export const IN_A_HURRY = { DEADLINE_SCALE: '3' };
/** Milliseconds of `slow` that no upstream is given in a hurry. */
export const TOO_SLOW = 20_000;

/** A process of its own, as a shell would start it. */
export interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  output(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface Start {
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Makes it the leader of a process group, as a shell does with what runs in its foreground. */
  readonly detached?: boolean;
  /** Makes it leave when we do, however we end. */
  readonly leaves?: boolean;
}

/** Runs Node on these arguments; nothing of our own environment that the shop reads comes along. */
export function run(
  args: readonly string[],
  { port, env = {}, cwd = ROOT, detached = false, leaves = false }: Start,
): Running {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const inherited = Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR, NODE_COMPILE_CACHE }).filter(([, value]) => value),
  );
  const preload = leaves ? [`--import=${LEAVE_WITH_PARENT}`] : [];
  const child = spawn(process.execPath, [...preload, ...args], {
    cwd,
    detached,
    stdio: ['ignore', 'pipe', 'pipe', ...(leaves ? (['ipc'] as const) : [])],
    env: {
      ...inherited,
      ...(leaves && { LEAVE_WITH: String(process.pid) }),
      NEXT_TELEMETRY_DISABLED: '1',
      PORT: String(port),
      ...env,
    } as unknown as NodeJS.ProcessEnv,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 0)),
  );
  return { child, url: `http://127.0.0.1:${port}`, port, output: () => output, ended };
}

/** The file that npm itself is: of the npm that runs us, or else of the first one in PATH. */
export function npmFile(): string {
  const { npm_execpath: ours = '' } = process.env;
  return ours.endsWith('npm-cli.js') ? ours : join(execSync('npm root -g').toString().trim(), 'npm/bin/npm-cli.js');
}

/** One of package.json's own scripts through npm, as people and containers run it; what comes before it is left out. */
export function runScript(name: string, start: Start): Running {
  return run([npmFile(), 'run', name, '--ignore-scripts'], start);
}

/** The variable with which a host uses mocks that run already. */
export const over = ({ port }: MockServer): Record<string, string> => ({ MOCKS_PORT: String(port) });

/** A host that answers: the lean one or `next start`, with these variables besides PORT and PUBLIC_URL. */
export async function runHost(
  kind: 'lean' | 'next',
  env: Readonly<Record<string, string>>,
  {
    cwd = ROOT,
    port: wanted,
    leaves = false,
  }: { readonly cwd?: string; readonly port?: number; readonly leaves?: boolean } = {},
): Promise<Running & { readonly dataDir: string }> {
  const port = wanted ?? (await freePort());
  const args = kind === 'lean' ? ['server.ts'] : [NEXT, 'start', '-p', String(port), '-H', '127.0.0.1'];
  const publicUrl = `http://127.0.0.1:${port}`;
  // What leaves with us can't be tidied up after by us.
  const place = leaves ? scratch(process.ppid) : tmpdir();
  const dataDir = env.DATA_DIR ?? mkdtempSync(join(place, 'tributary-data-'));
  const own = { NODE_ENV: 'production', PUBLIC_URL: publicUrl, LOG_LEVEL: 'warn', DATA_DIR: dataDir, ...GENEROUS };
  const host = run(args, { port, cwd, leaves, env: { ...own, ...env } });
  if (!env.DATA_DIR) host.ended.then(() => rmSync(dataDir, { recursive: true, force: true }));
  await answers(host, '/api/health/ready');
  return { ...host, dataDir };
}

/** Waits until a path answers 200. */
export async function answers({ url, child, output }: Running, path: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`It ended before it answered:\n${output()}`);
    const answer = await fetch(url + path).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`${path} did not answer within ${PATIENCE} ms:\n${output()}`);
}

export async function stop({ child, ended }: Running): Promise<number | string> {
  child.kill('SIGTERM');
  return ended;
}

/** Below the ports that systems give to connections, so that none is taken between its choice and its use. */
const PORTS = { first: 10_000, count: 20_000, step: 7 };
/** Processes that test side by side begin far from one another. */
let turn = (process.pid * 1_009) % PORTS.count;

/** A port that nobody listens on, and that no other test of this process is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    turn = (turn + PORTS.step) % PORTS.count;
    const port = PORTS.first + turn;
    if (await isFree(port, '127.0.0.1')) return port;
  }
}
