import { execFileSync } from 'node:child_process';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { pause, until } from '#tests/support/until.ts';

const WORKERS = 2;
const QUOTA = 12;

let mocks: MockServer;
let host: Running;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  const env = { WORKERS: String(WORKERS), RATE_LIMIT_WRITES: `${QUOTA}/1h`, TRUSTED_PROXIES: '1' };
  host = await runHost('lean', { ...over(mocks), ...env });
  await until('all of them are ready', () => host.output().includes('many upstreams'));
});
afterAll(async () => {
  if (host) expect(await stop(host)).toBe(0);
  await mocks.close();
});

/** The processes under the one that was started, by what the system says. */
const workers = (): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(host.child.pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);

/** One request over a connection of its own: those are handed to the workers in turn. */
async function ask(path: string, init: Parameters<typeof request>[1] = {}) {
  const dispatcher = new Agent({ pipelining: 0 });
  try {
    const { statusCode, headers, body } = await request(host.url + path, { ...init, dispatcher });
    return { status: statusCode, headers, text: await body.text() };
  } finally {
    await dispatcher.close();
  }
}

const write = (address: string) =>
  ask('/api/cart/lines', {
    method: 'POST',
    headers: { 'x-forwarded-for': address, origin: host.url, 'x-csrf': '1', 'content-type': 'application/json' },
    body: '{}',
  });

/** Asks over connections that are kept, as browsers and proxies do, until it is over; gives what was no 200. */
async function readOn(isOver: () => boolean): Promise<{ reads: number; failed: unknown[] }> {
  const failed: unknown[] = [];
  let reads = 0;
  const dispatcher = new Agent({ connections: 4 });
  const one = async () => {
    while (!isOver()) {
      const answer = await request(`${host.url}/api/home`, { dispatcher }).catch((error: Error) => error);
      if (answer instanceof Error) failed.push(answer.message);
      else {
        await answer.body.dump();
        if (answer.statusCode !== 200) failed.push(answer.statusCode);
      }
      reads++;
      await pause(5);
    }
  };
  await Promise.all(Array.from({ length: 4 }, one));
  await dispatcher.close();
  return { reads, failed };
}

describe.skipIf(process.platform !== 'linux')('workers', () => {
  test('serve one port, and are as many as was said', async () => {
    expect(workers()).toHaveLength(WORKERS);
    expect((await ask('/api/home')).status).toBe(200);
    expect((await ask('/')).status).toBe(200);
  });

  test('count a client together', async () => {
    const statuses = [];
    for (let turn = 0; turn < 2 * QUOTA; turn++) statuses.push((await write('203.0.113.7')).status);
    expect(statuses.filter((status) => status !== 429)).toHaveLength(QUOTA);
    expect(statuses.slice(QUOTA)).toEqual(Array(QUOTA).fill(429));
    expect((await write('203.0.113.8')).status).not.toBe(429);
  });

  test('are one in the figures: what was counted is summed', async () => {
    const counted = async () => {
      const { text } = await ask('/api/metrics');
      const line = /^tributary_answers_total\{[^}]*getProduct[^}]*\} (\d+)$/m.exec(text);
      return Number(line?.[1] ?? 0);
    };
    const before = await counted();
    for (let turn = 0; turn < 10; turn++) await ask(`/api/products/p-00010${turn}`);
    expect((await counted()) - before).toBe(10);
  });

  test('that end are replaced, and nothing else is', async () => {
    const [first, second] = workers();
    process.kill(first as number, 'SIGKILL');
    await until('another one is there', () => workers().length === WORKERS && !workers().includes(first as number));
    expect(workers()).toContain(second);
    await until('it is told', () => host.output().includes('has taken its place'));
  });

  test('are all replaced at SIGHUP, and no request is lost', async () => {
    const before = workers();
    let over = false;
    const reading = readOn(() => over);
    host.child.kill('SIGHUP');
    await until('all are new', () => {
      const now = workers();
      return now.length === WORKERS && now.every((pid) => !before.includes(pid));
    });
    over = true;
    const { reads, failed } = await reading;
    expect(failed).toEqual([]);
    expect(reads).toBeGreaterThan(50);
  });
});
