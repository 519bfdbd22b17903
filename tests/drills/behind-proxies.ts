import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import type { Drill } from '#tests/support/drill.ts';
import { answers, freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PROXIES, type ReverseProxy } from '#tests/support/proxies.ts';
import { pause } from '#tests/support/until.ts';

/** Requests a second, and how long they go on at most while one host is replaced. */
const LOAD = { every: 25, most: 20_000 } as const;
/** Longer than a check each second that may fail once. */
const DRAIN_NOTICE = '4';
const SEEN = 2_500;
/** What asks no upstream: a host that is cold still has its answer in time, however busy the machine. */
const TARGETS = ['/api/health/live', '/api/auth/session'];

interface Row {
  readonly proxy: string;
  readonly unchanged: boolean;
  readonly patched: boolean;
  readonly streamed: boolean;
  readonly asked: number;
  readonly failed: readonly string[];
}

/** Two hosts behind each proxy that this machine has, with the lines of docs/proxies.md; each host is replaced under load. */
export const drill: Drill = {
  name: 'behind proxies: a rolling restart',
  proves:
    'through nginx and HAProxy no request fails while one host after the other is replaced, and 304s, ETags and streams come through',
  async run(size, tell) {
    const mocks = await startMockServer(0, { latency: 'none' });
    const rows: Row[] = [];
    const skipped: string[] = [];
    try {
      for (const proxy of PROXIES) {
        if (size === 'short' && !proxy.strict) continue;
        if (programOf(proxy) === undefined) {
          skipped.push(proxy.name);
          tell(`SKIPPED ${proxy.name}: ${proxy.programs.join(' or ')} is not installed here`);
          continue;
        }
        const row = await behind(proxy, mocks).catch((error: Error) => {
          if (proxy.strict) throw error;
          return { ...NOTHING, proxy: proxy.name, failed: [error.message] };
        });
        rows.push(row);
        tell(lineOf(row));
      }
    } finally {
      await mocks.close();
    }
    assert.ok(rows.length > 0, `none of ${skipped.join(', ')} is installed`);
    for (const row of rows.filter(({ proxy }) => PROXIES.find(({ name }) => name === proxy)?.strict)) {
      assert.deepEqual(row.failed, [], `${row.proxy}: requests failed`);
      assert.ok(row.unchanged && row.patched && row.streamed, `${row.proxy}: ${lineOf(row)}`);
    }
    const left = skipped.length === 0 ? '' : `; skipped, since not installed: ${skipped.join(', ')}`;
    return `\n${[HEAD, ...rows.map(lineOf)].join('\n')}\n  ${rows.length} proxies${left}`;
  },
};

async function behind(proxy: ReverseProxy, mocks: MockServer): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-proxy-'));
  const front = await freePort();
  const ports = [await freePort(), await freePort()] as const;
  const url = `http://127.0.0.1:${front}`;
  const env = { ...over(mocks), PUBLIC_URL: url, TRUSTED_PROXIES: '1', DRAIN_NOTICE, DATA_DIR: join(folder, 'data') };
  const start = (port: number) => runHost('lean', env, { port });
  const hosts: Running[] = [];
  let child: ChildProcess | undefined;
  try {
    for (const port of ports) hosts.push(await start(port));
    for (const [name, text] of Object.entries(proxy.files({ folder, front, ports })))
      writeFileSync(join(folder, name), text);
    child = spawn(programOf(proxy) ?? '', proxy.args({ folder, front, ports }), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk));
    await answers({ ...(hosts[0] as Running), child, output: () => said, url }, '/api/health/live');
    const through = {
      unchanged: await isUnchanged(url),
      patched: await isPatched(url, mocks),
      streamed: await isStreamed(url),
    };
    const tally = { asked: 0, failed: [] as string[] };
    for (const [at, port] of ports.entries()) {
      const ask = beginAsking(url, tally);
      await pause(500);
      await stop(hosts[at] as Running);
      hosts[at] = await start(port);
      await pause(SEEN);
      await ask.end();
    }
    return { proxy: proxy.name, ...through, ...tally };
  } finally {
    child?.kill('SIGTERM');
    for (const host of hosts) host.child.kill('SIGKILL');
    await Promise.all(hosts.map(({ ended }) => ended));
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

async function isUnchanged(url: string): Promise<boolean> {
  const first = await fetch(`${url}/api/openapi.json`);
  await first.arrayBuffer();
  const again = await fetch(`${url}/api/openapi.json`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });
  return again.status === 304;
}

/** A change with the ETag that came through: a proxy that weakens it would make it a 412 for ever. */
async function isPatched(url: string, mocks: MockServer): Promise<boolean> {
  const { appToken } = await import('#tests/support/app-login.ts');
  const headers = { authorization: `Bearer ${await appToken(mocks.port, 'ada')}` };
  const list = (await (await fetch(`${url}/api/addresses`, { headers })).json()) as { items: { id: string }[] };
  const address = `${url}/api/addresses/${list.items[0]?.id}`;
  const read = await fetch(address, { headers });
  await read.arrayBuffer();
  const patched = await fetch(address, {
    method: 'PATCH',
    headers: { ...headers, 'if-match': read.headers.get('etag') ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ city: 'Potsdam' }),
  });
  return patched.status === 200;
}

async function isStreamed(url: string): Promise<boolean> {
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(), 15_000);
  try {
    const answer = await fetch(`${url}/api/products/p-000042`, {
      headers: { accept: 'text/event-stream' },
      signal: gone.signal,
    });
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: snapshot')) return true;
    }
    return false;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    gone.abort();
  }
}

function programOf({ programs }: ReverseProxy): string | undefined {
  return programs.find((program) => spawnSync(program, ['-v'], { stdio: 'ignore' }).error === undefined);
}

const HEAD = '  proxy        304   PATCH  stream  requests  failed';
const NOTHING = { unchanged: false, patched: false, streamed: false, asked: 0 } as const;
const yes = (holds: boolean) => (holds ? 'yes' : 'NO');
const lineOf = ({ proxy, unchanged, patched, streamed, asked, failed }: Row) =>
  `  ${proxy.padEnd(12)} ${yes(unchanged).padEnd(5)} ${yes(patched).padEnd(6)} ${yes(streamed).padEnd(7)} ${String(asked).padEnd(9)} ${failed.length}${failed.length > 0 ? ` (${failed[0]})` : ''}`;
