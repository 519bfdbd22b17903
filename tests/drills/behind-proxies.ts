import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Drill } from '#tests/support/drill.ts';
import { answers, freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PROXIES, type ReverseProxy } from '#tests/support/proxies.ts';
import { PROMISES } from '#tests/support/proxy-promises.ts';
import { pause } from '#tests/support/until.ts';

/** Requests a second, and how long they go on at most while one host is replaced. */
const LOAD = { every: 25, most: 20_000 } as const;
/** Longer than a check each second that may fail once. */
const DRAIN_NOTICE = '4';
const SEEN = 2_500;
/** What asks no upstream: a host that is cold still has its answer in time, however busy the machine. */
const TARGETS = ['/api/health/live', '/api/auth/session'];

/** Logins that may begin from one address. */
const LOGINS = 5;

interface Row {
  readonly proxy: ReverseProxy;
  readonly version: string;
  /** What was broken, by the name of the promise; empty where it was kept. */
  readonly promises: Readonly<Record<string, string>>;
  readonly asked: number;
  readonly failed: readonly string[];
}

/** Two hosts and the one address at which each proxy stands before them in turn. */
interface Site {
  readonly url: string;
  readonly front: number;
  readonly hosts: Running[];
  readonly token: string;
  restart(at: number): Promise<void>;
}

/** Two hosts behind each proxy that this machine has, with the lines of docs/proxies.md; each host is replaced under load. */
export const drill: Drill = {
  name: 'behind proxies: a rolling restart',
  proves:
    'through each proxy that is installed what docs/proxies.md promises comes through, and through nginx and HAProxy no request fails while one host after the other is replaced',
  async run(size, tell) {
    const rows: Row[] = [];
    const skipped: string[] = [];
    await onSite(async (site) => {
      for (const proxy of PROXIES) {
        if (size === 'short' && !proxy.strict) continue;
        const installed = programOf(proxy);
        if (installed === undefined) {
          skipped.push(proxy.name);
          tell(`SKIPPED ${proxy.name}: ${proxy.programs.join(' or ')} is not installed here`);
          continue;
        }
        const row = await behind(proxy, installed, site);
        rows.push(row);
        tell([lineOf(row), ...brokenBy(row)].join('\n  '));
      }
    });
    assert.ok(rows.length > 0, `none of ${skipped.join(', ')} is installed`);
    assert.deepEqual(rows.flatMap(brokenBy), []);
    const left = skipped.length === 0 ? '' : `; skipped, since not installed: ${skipped.join(', ')}`;
    return `\n${[HEAD, ...rows.map(lineOf)].join('\n')}\n  ${rows.length} proxies${left}`;
  },
};

async function onSite(use: (site: Site) => Promise<void>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'tributary-data-'));
  const mocks = await startMockServer(0, { latency: 'none' });
  const hosts: Running[] = [];
  try {
    const front = await freePort();
    const url = `http://127.0.0.1:${front}`;
    const own = { PUBLIC_URL: url, TRUSTED_PROXIES: '1', DRAIN_NOTICE, DATA_DIR: data };
    const start = (port: number) =>
      runHost('lean', { ...over(mocks), ...own, RATE_LIMIT_LOGINS: `${LOGINS}/1h` }, { port });
    for (const port of [await freePort(), await freePort()]) hosts.push(await start(port));
    const restart = async (at: number) => {
      const old = hosts[at] as Running;
      await stop(old);
      hosts[at] = await start(old.port);
    };
    await use({ url, front, hosts, token: await appToken(mocks.port, 'ada'), restart });
  } finally {
    for (const host of hosts) host.child.kill('SIGKILL');
    await Promise.all(hosts.map(({ ended }) => ended));
    await mocks.close();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function behind(proxy: ReverseProxy, { program, version }: Installed, site: Site): Promise<Row> {
  const { url, token, hosts } = site;
  const folder = mkdtempSync(join(tmpdir(), 'tributary-proxy-'));
  // Some give up their rights before they read it.
  chmodSync(folder, 0o755);
  const place = { folder, front: site.front, ports: hosts.map(({ port }) => port) };
  for (const [name, text] of Object.entries(proxy.files(place))) writeFileSync(join(folder, name), text);
  const child = spawn(program, proxy.args(place), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk));
  try {
    await answers({ ...(hosts[0] as Running), child, output: () => said, url }, '/api/health/live');
    const promises: Record<string, string> = {};
    for (const [name, keeps] of Object.entries(PROMISES)) {
      const broken = (error: Error) => error.message.replaceAll(/\s+/g, ' ');
      promises[name] = await keeps({ url, token, logins: LOGINS }).then(() => '', broken);
    }
    const tally = { asked: 0, failed: [] as string[] };
    for (const at of hosts.keys()) {
      const ask = beginAsking(url, tally);
      await pause(500);
      await site.restart(at);
      await pause(SEEN);
      await ask.end();
    }
    return { proxy, version, promises, ...tally };
  } finally {
    child.kill('SIGTERM');
    const killing = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(killing);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Asks at a steady rate, whatever becomes of it, until it is told to end or has gone on for long enough. */
function beginAsking(url: string, tally: { asked: number; failed: string[] }): { end(): Promise<void> } {
  const underWay = new Set<Promise<void>>();
  const one = async () => {
    const target = TARGETS[tally.asked++ % TARGETS.length] ?? '';
    const answer = await fetch(url + target).catch((error: Error) => String(error.cause ?? error));
    if (typeof answer === 'string') tally.failed.push(`${target}: ${answer}`);
    else {
      await answer.arrayBuffer().catch((error: Error) => tally.failed.push(`${target}: ${error.message}`));
      if (answer.status !== 200) tally.failed.push(`${target}: ${answer.status}`);
    }
  };
  const timer = setInterval(() => {
    const asking: Promise<void> = one().finally(() => underWay.delete(asking));
    underWay.add(asking);
  }, LOAD.every);
  const enough = setTimeout(() => clearInterval(timer), LOAD.most);
  return {
    end: async () => {
      clearInterval(timer);
      clearTimeout(enough);
      await Promise.all(underWay);
    },
  };
}

function brokenBy({ proxy, promises, failed }: Row): string[] {
  const broken = Object.entries(promises).filter(([, seen]) => seen !== '');
  return [
    ...broken.map(([name, seen]) => `${proxy.name}: ${name}: ${seen}`),
    ...(proxy.strict && failed.length > 0 ? [`${proxy.name}: ${failed.length} requests failed: ${failed[0]}`] : []),
  ];
}

interface Installed {
  readonly program: string;
  readonly version: string;
}

function programOf({ programs, version }: ReverseProxy): Installed | undefined {
  for (const program of programs) {
    const { error, stdout, stderr } = spawnSync(program, [version], { encoding: 'utf8' });
    if (error === undefined) return { program, version: /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? '' };
  }
  return undefined;
}

const NAMES = Object.keys(PROMISES);
const HEAD = `  ${'proxy'.padEnd(22)} ${NAMES.map((name) => name.padEnd(8)).join('')}requests  failed`;

function lineOf({ proxy, version, promises, asked, failed }: Row): string {
  const kept = NAMES.map((name) => (promises[name] === '' ? 'yes' : 'NO').padEnd(8)).join('');
  const first = failed.length > 0 ? ` (${failed[0]})` : '';
  return `  ${`${proxy.name} ${version}`.padEnd(22)} ${kept}${String(asked).padEnd(9)} ${failed.length}${first}`;
}
