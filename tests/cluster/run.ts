import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../../scripts/command-line.ts';
import { type Cluster, clusterMissing, startCluster } from './cluster.ts';

const PORT = Number(process.env.PORT ?? 8080);
const PAUSE_AFTER_FAILURE = 2_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

const USAGE = `npm run cluster   three instances as compose.yaml has them, without containers, until Ctrl-C; PORT says where (8080)
`;

/**
 * `npm run cluster`: three instances as `compose.yaml` has them, without containers, until Ctrl-C. One that ends has
 * another one in its place, as there.
 */
async function main(): Promise<void> {
  commandLine({ usage: USAGE, options: {}, words: 0 });
  if (clusterMissing !== undefined) {
    say(`${clusterMissing}. Debian has it: apt-get install postgresql redis-server haproxy`);
    process.exit(1);
  }
  let cluster: Cluster | undefined;
  let stopping = false;
  const stop = async () => {
    // What is only starting leaves with this process.
    if (cluster === undefined) process.exit(1);
    if (stopping) return;
    stopping = true;
    say('Ending all of it …');
    await cluster.stop();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  cluster = await startCluster({
    port: PORT,
    env: { INSPECTOR: 'on' },
    tell: (part) => say(`Starting ${part} …`),
  });
  say(`
  Shop        ${cluster.url}/
${cluster.instances.map((_, at) => rowOf(cluster as Cluster, at)).join('\n')}
  State       ${cluster.stateUrl}
  Cache       ${cluster.redis.url}
  Figures     curl -H 'authorization: Bearer ${cluster.operatorToken}' ${cluster.url}/api/ops/status

  Purges      ${cluster.url}/inspector/purges

  Kill one of the instances, and go on: kill -9 ${cluster.instances[0]?.child.pid}
  Ctrl-C ends all of it.
`);
  for (const at of cluster.instances.keys()) void keepUp(cluster, at, () => stopping);
}

const rowOf = ({ instances }: Cluster, at: number) =>
  `  Instance ${at + 1}  ${instances[at]?.url}  (pid ${instances[at]?.child.pid})`;

async function keepUp(cluster: Cluster, at: number, isStopping: () => boolean): Promise<void> {
  for (;;) {
    await cluster.instances[at]?.ended;
    if (isStopping()) return;
    say(`  Instance ${at + 1} has ended; another one starts in its place …`);
    const failed = await cluster.replace(at, 'SIGTERM').catch((error: Error) => error);
    say(failed ? `  It did not start: ${failed.message}` : rowOf(cluster, at));
    if (failed) await sleep(PAUSE_AFTER_FAILURE);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
