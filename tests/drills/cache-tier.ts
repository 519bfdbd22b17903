import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockServer } from '#mocks/server.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { percentile } from '#tests/support/percentile.ts';
import { startRedis, type TestRedis } from '#tests/support/redis.ts';

const SIZES = { short: 60, full: 200 } as const;
/** So many, until the code is compiled. */
const WARM = 60;
/** Milliseconds that p99 may be later while the tier does not answer. */
const MOST_LATER = 25;

/** Cold products at a host with a shared cache and at one without: with the tier cold, warm, frozen and gone. */
export const drill: Drill = {
  name: 'a second cache tier',
  proves: `while the tier is frozen or gone, p99 is at most ${MOST_LATER} ms later than without one`,
  async run(size, tell) {
    const count = SIZES[size];
    const folder = mkdtempSync(join(tmpdir(), 'tributary-drill-'));
    const [mocks, redis] = await Promise.all([startMockServer(0), startRedis()]);
    const own = { DEADLINE_SCALE: '1', DATA_DIR: folder, CACHE_URL: redis.url };
    const hosts: Running[] = [];
    try {
      for (const env of [own, own, { DEADLINE_SCALE: '1' }])
        hosts.push(await runHost('lean', { ...over(mocks), ...env }));
      return await play(hosts as [Running, Running, Running], redis, count, tell);
    } finally {
      await Promise.all(hosts.map(stop));
      await Promise.all([redis.kill(), mocks.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function play(
  [first, second, alone]: readonly [Running, Running, Running],
  redis: TestRedis,
  count: number,
  tell: (line: string) => void,
): Promise<string> {
  let next = 1_000;
  const fresh = () => {
    next += count;
    return next;
  };
  for (const host of [first, second, alone]) await times([host], fresh(), WARM);
  const rows: string[] = [];
  const note = (what: string, { p50, p99 }: Times) => {
    rows.push(`${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    tell(rows.at(-1) ?? '');
  };
  /** One of each in turn: what else this machine does meets both alike. */
  const compare = async (what: string, from: number, host: Running) => {
    const [tiered, without] = await times([host, alone], from, count);
    note(`${what}, with a tier`, tiered);
    note(`${what}, without`, without);
    return tiered.p99 - without.p99;
  };
  const from = fresh();
  await compare('both cold', from, first);
  const [warm] = await times([second], from, count);
  note('the same from the other instance', warm);
  redis.freeze();
  const frozen = await compare('frozen', fresh(), first);
  redis.thaw();
  await redis.kill();
  const gone = await compare('gone', fresh(), first);
  for (const later of [frozen, gone]) assert.ok(later <= MOST_LATER, `p99 is ${later} ms later`);
  return rows.join('; ');
}

interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** Products that these hosts have not been asked for, one after the other: each takes five upstreams. */
async function times<const Hosts extends readonly Running[]>(
  hosts: Hosts,
  from: number,
  count: number,
): Promise<{ [At in keyof Hosts]: Times }> {
  const all = hosts.map((): number[] => []);
  for (let at = 0; at < count; at++) {
    for (const [which, host] of hosts.entries()) {
      const began = performance.now();
      const answer = await fetch(`${host.url}/api/products/p-${String((from + at) % 10_000).padStart(6, '0')}`);
      await answer.arrayBuffer();
      all[which]?.push(performance.now() - began);
    }
  }
  return all.map((one) => ({ p50: percentile(one, 50), p99: percentile(one, 99) })) as { [At in keyof Hosts]: Times };
}
