import { commandLine } from '../../scripts/command-line.ts';
import { type Cluster, clusterMissing, startCluster } from './cluster.ts';

const PORT = Number(process.env.PORT ?? 8080);
const say = (text: string) => process.stdout.write(`${text}\n`);

const USAGE = `npm run cluster   three instances as compose.yaml has them, without containers, until Ctrl-C; PORT says where (8080)
`;

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
  const rows = cluster.instances.map(({ url, child }, at) => `  Instance ${at + 1}  ${url}  (pid ${child.pid})`);
  say(`
  Shop        ${cluster.url}/
${rows.join('\n')}
  State       ${cluster.stateUrl}
  Cache       ${cluster.redis.url}
  Figures     curl -H 'authorization: Bearer ${cluster.operatorToken}' ${cluster.url}/api/ops/status

  Kill one of the instances, and go on: kill -9 ${cluster.instances[0]?.child.pid}
  Ctrl-C ends all of it.
`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
