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

/** Every series that is counted, of counters and of histograms. */
async function counts(): Promise<ReadonlyMap<string, number>> {
  const { text } = await ask('/api/metrics');
  const counted = text.split('\n\n').filter((metric) => /^# TYPE \S+ (?:counter|histogram)$/m.test(metric));
  const lines = counted.flatMap((metric) => metric.split('\n')).filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const fallen = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) =>
  [...before].filter(([series, count]) => !((after.get(series) ?? 0) >= count)).map(([series]) => series);

/** Answers of products, however they were. */
const productsIn = (series: ReadonlyMap<string, number>) =>
  [...series]
    .filter(([name]) => /^tributary_answers_total\{.*getProduct"/.test(name))
    .reduce((sum, [, count]) => sum + count, 0);

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
    const before = await counts();
    for (let turn = 0; turn < 10; turn++) await ask(`/api/products/p-00010${turn}`);
    expect(productsIn(await counts()) - productsIn(before)).toBe(10);
  });

  test('are one in the figures as OpenMetrics too', async () => {
    const accept = 'application/openmetrics-text; version=1.0.0';
    const { text } = await ask('/api/metrics', { headers: { accept } });
    expect(text).toMatch(/^tributary_answers_total\{/m);
    expect(text).not.toContain('_total_total');
  });

  test('that end are replaced, nothing else is, and what was seen of their counts stays', async () => {
    const [first, second] = workers();
    const before = await counts();
    process.kill(first as number, 'SIGKILL');
    await until('another one is there', () => workers().length === WORKERS && !workers().includes(first as number));
    expect(workers()).toContain(second);
    await until('it is told', () => host.output().includes('has taken its place'));
    expect(fallen(before, await counts())).toEqual([]);
  });

  test('are all replaced at SIGHUP, and no request and no count is lost', async () => {
    const before = workers();
    const counted = await counts();
    for (let turn = 0; turn < 10; turn++) await ask(`/api/products/p-00020${turn}`);
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
    const after = await counts();
    expect(fallen(counted, after)).toEqual([]);
    expect(productsIn(after) - productsIn(counted)).toBe(10);
  });
});
