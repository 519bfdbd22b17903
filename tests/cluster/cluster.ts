import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type MockOptions, type MockServer, startMockServer } from '#mocks/server.ts';
import { answers, freePort, over, type Running, runHost } from '#tests/support/host.ts';
import { type PostgresServer, startPostgres } from '#tests/support/postgres.ts';
import { missingProgram, programFile } from '#tests/support/program.ts';
import { startRedis, type TestRedis } from '#tests/support/redis.ts';

/** As many as the file of HAProxy names. */
const INSTANCES = 3;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Characters of what HAProxy says. */
const MOST_KEPT = 4_000;

/** Why a cluster can't be started here; undefined where it can. CI has all of it, so there tests fail instead. */
export const clusterMissing = missingProgram('initdb', 'redis-server', 'haproxy');

/** What `compose.yaml` has, as processes of this machine: mocks, Postgres, Redis or Valkey, three hosts and HAProxy. */
export interface Cluster {
  /** Where HAProxy listens: the origin of the shop. */
  readonly url: string;
  /** The instances, which lie behind it. */
  readonly instances: readonly Running[];
  /** Opens the figures and, where it is on, the inspector. */
  readonly operatorToken: string;
  readonly stateUrl: string;
  readonly mocks: MockServer;
  readonly postgres: PostgresServer;
  readonly redis: TestRedis;
  /** Ends one by a signal, and starts another one in its place once it is gone; resolves once that is ready. */
  replace(at: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
}

interface ClusterOptions {
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly mocks?: MockOptions;
  /** How many run; three by default, and the places of others stay empty. */
  readonly count?: number;
  /** The folder of the sources that the instances run; these, by default. */
  readonly cwd?: string;
  readonly tell?: (progress: string) => void;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const ends: (() => Promise<unknown> | undefined)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return await start(ends, stop, options);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  ends: (() => Promise<unknown> | undefined)[],
  stop: () => Promise<void>,
  { port: wanted, env = {}, mocks: conduct = {}, count = INSTANCES, cwd, tell = () => {} }: ClusterOptions,
): Promise<Cluster> {
  const port = wanted ?? (await freePort());
  tell('mock upstreams');
  const mocks = await startMockServer(0, { latency: 'none', ...conduct });
  ends.push(() => mocks.close());
  tell('Postgres');
  const postgres = await startPostgres();
  ends.push(() => postgres.dispose());
  tell('Redis or Valkey');
  const redis = await startRedis(['--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru']);
  ends.push(() => redis.kill());

  const url = `http://localhost:${port}`;
  const operatorToken = randomBytes(24).toString('hex');
  const stateUrl = await postgres.database();
  const common = {
    ...over(mocks),
    PUBLIC_URL: url,
    STATE_URL: stateUrl,
    CACHE_URL: redis.url,
    STATE_KEYS: randomBytes(32).toString('base64'),
    INSPECTOR_TOKEN: operatorToken,
    TRUSTED_PROXIES: '1',
    INSTANCES: String(count),
    // HAProxy sees within two seconds that an instance is about to end.
    DRAIN_NOTICE: '4',
    ...env,
  };
  const instances: Running[] = [];
  const launch = async (at: number) => {
    const place = cwd === undefined ? {} : { cwd };
    instances[at] = await runHost('lean', common, { port: ports[at] as number, leaves: true, ...place });
  };
  const ports = await Promise.all(Array.from({ length: INSTANCES }, freePort));
  ends.push(() => Promise.all(instances.map((one) => end(one, 'SIGTERM'))));
  for (let at = 0; at < count; at++) {
    tell(`instance ${at + 1} of ${count}`);
    await launch(at);
  }
  tell('HAProxy');
  const haproxy = startHaproxy(port, ports);
  ends.push(haproxy.end);
  await answers({ ...(instances[0] as Running), ...haproxy, url }, '/api/health/ready');
  return {
    url,
    instances,
    operatorToken,
    stateUrl,
    mocks,
    postgres,
    redis,
    async replace(at, signal) {
      await end(instances[at] as Running, signal);
      await launch(at);
    },
    stop,
  };
}

async function end({ child, ended }: Running, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  child.kill(signal);
  await ended;
}

/** Starts it on the file that `compose.yaml` uses. */
function startHaproxy(port: number, ports: readonly number[]) {
  const places = Object.fromEntries(
    ['INSTANCE_1', 'INSTANCE_2', 'INSTANCE_3'].map((name, at) => [name, `127.0.0.1:${ports[at]}`]),
  );
  const child = spawn(programFile('haproxy') ?? 'haproxy', ['-db', '-f', 'deploy/haproxy.cfg'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, BIND: `127.0.0.1:${port}`, ...places } as unknown as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Whenever an instance comes or goes it says so; what counts is why it did not start.
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-MOST_KEPT);
  });
  const leave = () => child.kill();
  process.once('exit', leave);
  const ended = once(child, 'exit');
  const end = () => {
    process.off('exit', leave);
    child.kill();
    return ended;
  };
  return { child, output: () => said, end };
}
