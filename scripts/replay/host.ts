import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEnv } from '#config/env.ts';
import { freePort } from '../ports.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_WITHIN = 60_000;
const POLL_INTERVAL_MS = 100;

/** A host with its own mocks; both end when we do. */
interface ReplayHost {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startReplayHost(): Promise<ReplayHost> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-replay-'));
  const [port, mocksPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const { PATH, HOME, TMPDIR, DEADLINE_SCALE } = process.env;
  // Nothing that a .env says counts here: every upstream is a mock, whichever are live otherwise.
  const unset = Object.fromEntries(describeEnv.map(({ name }) => [name, '']));
  const ports = {
    NODE_ENV: 'production',
    PORT: String(port),
    PUBLIC_URL: url,
    MOCKS_PORT: String(mocksPort),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    INSPECTOR: 'on',
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const inherited = Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR, DEADLINE_SCALE }).filter(([, value]) => value),
  );
  const env = { ...unset, ...inherited, ...ports } as unknown as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, ['server.ts'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4_000);
    });
  }
  const end = performance.now() + READY_WITHIN;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`A host to replay on could not be started:\n${said}`);
    const answer = await fetch(`${url}/api/health/ready`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  throw new Error(`A host to replay on was not ready within ${READY_WITHIN / 1_000} s:\n${said}`);
}
