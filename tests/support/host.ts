import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type MockServer, startMockServer } from '#mocks/server.ts';

/** A running host, as its users have it: a process of its own, over mock upstreams on a real port. */
export interface Host {
  readonly url: string;
  readonly pid: number;
  /** What it printed so far. */
  output(): string;
  /** Sends SIGTERM; resolves with the exit code, or with the signal that ended it. */
  stop(): Promise<number | string>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NEXT = fileURLToPath(new URL('../../node_modules/next/dist/bin/next', import.meta.url));
const PATIENCE = 30_000;

/** Starts the lean host, or `next start`, on a free port, over mocks of its own or over those given. */
export async function startHost(kind: 'lean' | 'next' = 'lean', shared?: MockServer): Promise<Host> {
  const mocks = shared ?? (await startMockServer(0, { latency: 'none' }));
  const port = await freePort();
  const args = kind === 'lean' ? ['server.ts'] : [NEXT, 'start', '-p', String(port), '-H', '127.0.0.1'];
  const upstreams = ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations', 'content'];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      MOCKS: upstreams.join(','),
      MOCKS_PORT: String(mocks.port),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 0)),
  );
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, () => output);
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      const how = await ended;
      if (!shared) await mocks.close();
      return how;
    },
  };
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`The host ended before it was ready:\n${output()}`);
    try {
      if ((await fetch(`${url}/api/health/ready`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`The host was not ready within ${PATIENCE} ms:\n${output()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
