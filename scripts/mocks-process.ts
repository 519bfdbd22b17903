import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { HEALTHY } from '#mocks/health.ts';
import { isFree } from './ports.ts';

const ROOT = join(dirname(import.meta.filename), '..');
const WATCHED = ['mocks', 'schemas/upstream'];
/** For machines that are busy with something else; on others it takes half a second. */
const READY_WITHIN = 60_000;
const SETTLE = 100;
const AGAIN_AFTER = 500;
/** They store nothing: if they have not ended by then they are killed. */
const END_WITHIN = 2_000;
/** A connection that was cut may be one of mocks that are busy, or about to end: they are asked again so often. */
const MAX_CUTS = 5;
const NOT_INSTALLED =
  'Some upstreams have no address, and mocks need the development dependencies, which are not installed here. ' +
  'Set MOCKS=off to be told which variables are missing, or run `npm ci`.';

export interface MocksOptions {
  readonly port: number;
  /** Our own origin, for their webhooks. */
  readonly publicUrl: string;
  /** Starts them again when a mock or a wire schema changes. */
  readonly watch?: boolean;
  /** Drops their normal output; their errors are always shown. */
  readonly quiet?: boolean;
  /** Called when mocks of another process are gone, and again once ours are there instead. */
  readonly onAway?: (away: boolean) => void;
}

/** Mock upstreams in a process of their own. */
export interface MocksProcess {
  stop(): Promise<void>;
}

/**
 * Starts the mock upstreams and waits until they answer. Mocks that already answer on the port are used for as long as
 * they stay, and left alone at the end. The child leaves when its IPC channel closes, so it never outlives us, however
 * we end.
 */
export async function startMocks(options: MocksOptions): Promise<MocksProcess> {
  const { port } = options;
  if (await isFree(port, '127.0.0.1')) return launchMocks(options);
  if (await areMocks(port)) return adopt(options);
  // Those that were there have ended meanwhile.
  if (await isFree(port, '127.0.0.1')) return launchMocks(options);
  throw new Error(`Port ${port} is taken by another program. Set MOCKS_PORT to a free one.`);
}

/** Uses mocks of another process that may end any moment, such as a host that drains: then ours take their place. */
function adopt(options: MocksOptions): MocksProcess {
  let stopped = false;
  let launched: Promise<MocksProcess | undefined> | undefined;
  const replace = async (): Promise<MocksProcess | undefined> => {
    while (!stopped) {
      try {
        return await startMocks(options);
      } catch (error) {
        process.stderr.write(`${(error as Error).message}\n`);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      }
    }
    return undefined;
  };
  const leave = untilGone(options.port, () => {
    if (stopped) return;
    options.onAway?.(true);
    launched = replace();
    launched.then(() => stopped || options.onAway?.(false));
  });
  return {
    stop: async () => {
      stopped = true;
      leave();
      await (await launched)?.stop();
    },
  };
}

/** Calls back once mocks are gone: they never answer this request, so that it is cut. Returns how to stop. */
function untilGone(port: number, onGone: () => void): () => void {
  const request = get({ host: '127.0.0.1', port, path: '/__lifetime', agent: false }, (response) =>
    response.resume().on('error', () => undefined),
  );
  request.on('error', () => undefined).on('close', onGone);
  request.on('socket', (socket) => socket.unref());
  return () => void request.destroy();
}

async function launchMocks(options: MocksOptions): Promise<MocksProcess> {
  if (!isInstalled('msw')) throw new Error(NOT_INSTALLED);
  const { port, publicUrl, watch = false, quiet = true } = options;
  let child = launch(port, publicUrl, quiet);
  let restarts = Promise.resolve();
  const restart = async () => {
    await end(child);
    child = launch(port, publicUrl, quiet);
  };
  const watchers = watch ? onChange(() => (restarts = restarts.then(restart))) : [];
  const stop = async () => {
    for (const watcher of watchers) watcher.close();
    await restarts;
    await end(child);
  };
  try {
    if (await listens(child, port)) return { stop };
    const { exitCode } = child;
    await stop();
    // Another process was quicker: its mocks answer.
    if (await areMocks(port)) return adopt(options);
    throw new Error(`The mock upstreams ended with code ${exitCode} as they started.`);
  } catch (error) {
    await stop();
    throw error;
  }
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function launch(port: number, publicUrl: string, quiet: boolean): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'mocks', 'server.ts')], {
    cwd: ROOT,
    env: { ...process.env, MOCKS_PORT: String(port), PUBLIC_URL: publicUrl },
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit', 'ipc'],
  });
}

/** Whether mocks listen on a port. On a busy machine they may need a while to say so. */
async function areMocks(port: number): Promise<boolean> {
  const late = Date.now() + READY_WITHIN;
  for (let cuts = 0; ; ) {
    const health = await healthOf(port);
    if (health === 'cut' && ++cuts < MAX_CUTS) await new Promise((resolve) => setTimeout(resolve, SETTLE));
    else if (health !== 'silent' || Date.now() > late) return health === 'well';
  }
}

/** Waits for what the child itself says: that it listens, or by its end that it can't. Others may listen there as well. */
function listens(child: ChildProcess, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const late = new Error(`The mock upstreams did not answer on port ${port} in ${READY_WITHIN / 1_000} s.`);
    const timer = setTimeout(reject, READY_WITHIN, late);
    const settle = (up: boolean) => {
      clearTimeout(timer);
      resolve(up);
    };
    child.once('message', () => settle(true)).once('exit', () => settle(false));
  });
}

async function healthOf(port: number): Promise<'well' | 'other' | 'silent' | 'cut'> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/__health`, { signal: AbortSignal.timeout(1_000) });
    return answer.ok && (await answer.text()) === HEALTHY ? 'well' : 'other';
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    if (name === 'TimeoutError' || name === 'AbortError') return 'silent';
    return cause?.code === 'ECONNREFUSED' ? 'other' : 'cut';
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill();
  });
}

/** Editors write a file in several steps: one change is reported once they are through. */
function onChange(changed: () => void): FSWatcher[] {
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE);
  };
  return WATCHED.map((folder) => watch(join(ROOT, folder), { recursive: true }, soon));
}
