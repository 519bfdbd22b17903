import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Drill } from '#tests/support/drill.ts';
import { answers, freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { programFile } from '#tests/support/program.ts';
import { PROXIES, type ReverseProxy } from '#tests/support/proxies.ts';
import { PROMISES } from '#tests/support/proxy-promises.ts';
import { pause } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

/** Requests a second, and how long they go on at most while one host is replaced. */
const LOAD = { every: 25, most: 20_000 } as const;
/** Longer than a check each second that may fail once. */
const DRAIN_NOTICE = '4';
const SEEN = 2_500;
/**
 * What asks no upstream: a host that is cold still has its answer in time, however busy the machine. No proxy sends a
 * POST again that it has begun to send (RFC 9112 §9.5): a connection that ends under one fails it.
 */
const ASKED: readonly ((turn: number) => readonly [target: string, init?: RequestInit])[] = [
  () => ['/api/health/live'],
  deliver,
  () => ['/api/auth/session'],
  deliver,
];

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
    'through each proxy that is installed what docs/proxies.md promises comes through, and through nginx and HAProxy no request fails, webhooks among them, while one host after the other is replaced',
  async run(size, tell) {
    const rows: Row[] = [];
    const skipped: string[] = [];
    await onSite(async (site) => {
      for (const proxy of PROXIES) {
        if (size === 'short' && !proxy.strict) continue;
        const installed = programOf(proxy);
        if (installed === undefined) {
          assert.ok(!(proxy.strict && process.env.CI), `${proxy.name} is not installed, and CI is to have it`);
          skipped.push(proxy.name);
          tell(`SKIPPED ${proxy.name}: ${proxy.program} is not installed here`);
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
    const turn = tally.asked++;
    const [target, init] = (ASKED[turn % ASKED.length] as (typeof ASKED)[number])(turn);
    const answer = await fetch(url + target, init).catch((error: Error) => String(error.cause ?? error));
    if (typeof answer === 'string') tally.failed.push(`${target}: ${answer}`);
    else {
      await answer.arrayBuffer().catch((error: Error) => tally.failed.push(`${target}: ${error.message}`));
      if (!answer.ok) tally.failed.push(`${target}: ${answer.status}`);
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

/** A webhook, of a product of its own. */
function deliver(turn: number): readonly [string, RequestInit] {
  const event = { type: 'pricing.price.changed', object: { id: `p-${turn}`, version: 1 } };
  const { headers, body } = signEvent(`msg_${randomUUID()}`, event);
  return ['/api/webhooks/upstream', { method: 'POST', headers, body }];
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

function programOf({ program, version }: ReverseProxy): Installed | undefined {
  const file = programFile(program);
  if (file === undefined) return undefined;
  const { stdout, stderr } = spawnSync(file, [version], { encoding: 'utf8' });
  return { program: file, version: /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? '' };
}

const NAMES = Object.keys(PROMISES);
const HEAD = `  ${'proxy'.padEnd(22)} ${NAMES.map((name) => name.padEnd(8)).join('')}requests  failed`;

function lineOf({ proxy, version, promises, asked, failed }: Row): string {
  const kept = NAMES.map((name) => (promises[name] === '' ? 'yes' : 'NO').padEnd(8)).join('');
  const first = failed.length > 0 ? ` (${failed[0]})` : '';
  return `  ${`${proxy.name} ${version}`.padEnd(22)} ${kept}${String(asked).padEnd(9)} ${failed.length}${first}`;
}
