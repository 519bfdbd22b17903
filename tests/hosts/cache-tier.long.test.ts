import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { startRedis, type TestRedis } from '#tests/support/redis.ts';

const PASSWORD = 'the-password-of-this-test';

/** As one who has the password. */
const command = (...words: string[]) => redis.command(...words);

let mocks: MockServer;
let redis: TestRedis;
/** Two instances that share a tier, one whose password there is wrong, and one without a tier. */
let shared: readonly [Running, Running];
let wrong: Running;
let alone: Running;
const dataDir = mkdtempSync(join(tmpdir(), 'tributary-data-'));

const withPassword = (password: string) => redis.url.replace('redis://', `redis://:${password}@`);

describe.skipIf(isSkipped('redis-server'))(`hosts over one tier${skipNote('redis-server')}`, () => {
  beforeAll(async () => {
    [mocks, redis] = await Promise.all([startMockServer(0, { latency: 'none' }), startRedis([], undefined, PASSWORD)]);
    const tiered = { ...over(mocks), DATA_DIR: dataDir, CACHE_URL: withPassword(PASSWORD) };
    const first = await runHost('lean', tiered);
    shared = [first, await runHost('lean', tiered)];
    wrong = await runHost('lean', { ...over(mocks), CACHE_URL: withPassword('a-wrong-password') });
    alone = await runHost('lean', over(mocks));
  });
  afterAll(async () => {
    await Promise.all([...(shared ?? []), wrong, alone].filter((host) => host !== undefined).map(stop));
    await Promise.all([redis?.kill(), mocks?.close()]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** With each turn other addresses, so that no process has any of it cached. */
  let turn = 0;
  beforeEach(() => {
    turn++;
  });
  const productOf = (at: number) => `p-${String(turn * 100 + at).padStart(6, '0')}`;
  const targets = () => [
    ...Array.from({ length: 8 }, (_, at) => `/api/products/${productOf(at)}`),
    `/api/products/${productOf(9)}?currency=USD`,
    `/api/products/${productOf(10)}/reviews`,
    `/api/products?q=lamp&limit=${turn + 1}`,
    '/api/products/p-999999',
  ];

  async function ask(host: Running, target: string, headers: Record<string, string> = {}): Promise<string> {
    const answer = await fetch(host.url + target, { headers });
    const text = await answer.text();
    // A problem names its own request.
    return `${answer.status} ${answer.headers.get('etag')} ${answer.ok ? text : answer.headers.get('content-type')}`;
  }

  /** One after the other, so that each meets the tier as it is by then. */
  async function answersOf(host: Running): Promise<string[]> {
    const all: string[] = [];
    for (const target of targets()) all.push(await ask(host, target));
    return all;
  }

  interface Tier {
    readonly state: string;
    readonly hit: number;
    readonly miss: number;
  }

  async function statusOf(host: Running): Promise<{ tier: Tier | undefined; state: string; findings: string[] }> {
    const { cacheTier, state, findings } = (await (await fetch(`${host.url}/api/ops/status`)).json()) as {
      cacheTier?: Tier;
      state: string;
      findings: { alert: string }[];
    };
    return { tier: cacheTier, state, findings: findings.map(({ alert }) => alert) };
  }

  const readiness = async (host: Running) => {
    const answer = await fetch(`${host.url}/api/health/ready`);
    return { status: answer.status, degraded: ((await answer.json()) as { degraded: string[] }).degraded };
  };

  test('what one host has fetched the other one serves, byte for byte', async () => {
    const wanted = await answersOf(alone);
    expect(await answersOf(shared[0])).toEqual(wanted);
    expect(await answersOf(shared[1])).toEqual(wanted);
    const { tier } = await statusOf(shared[1]);
    expect(tier?.state).toBe('well');
    expect(tier?.hit).toBeGreaterThan(20);
    expect((await readiness(shared[1])).degraded).toEqual([]);
    const metrics = await (await fetch(`${shared[1].url}/api/metrics`)).text();
    expect(metrics).toMatch(/tributary_cache_tier_reads_total\{outcome="hit"\} [1-9]/);
    expect(metrics).toContain('tributary_cache_tier_up 1');
    expect(metrics).toMatch(/tributary_upstream_calls_total\{upstream="catalog",source="shared"\} [1-9]/);
    const none = await statusOf(alone);
    expect(none.tier).toBeUndefined();
    expect(await (await fetch(`${alone.url}/api/metrics`)).text()).not.toContain('cache_tier');
  });

  test('Next’s own host shares it too', async () => {
    const next = await runHost('next', { ...over(mocks), DATA_DIR: dataDir, CACHE_URL: withPassword(PASSWORD) });
    const wanted = await answersOf(shared[0]);
    expect(await answersOf(next)).toEqual(wanted);
    const { tier } = await statusOf(next);
    await stop(next);
    expect(tier?.state).toBe('well');
    expect(tier?.hit).toBeGreaterThan(10);
  });

  test('nothing of the shop’s own schemas is too odd to be shared', async () => {
    await answersOf(shared[0]);
    await Promise.all(['/api/home', '/api/categories', '/api/mobile/home'].map((target) => ask(shared[0], target)));
    const metrics = await (await fetch(`${shared[0].url}/api/metrics`)).text();
    expect(metrics).toMatch(/tributary_cache_tier_writes_total\{outcome="stored"\} [1-9]/);
    expect(metrics).toContain('tributary_cache_tier_writes_total{outcome="unfit"} 0');
  });

  test('a scenario’s lane never touches it', async () => {
    const before = (await statusOf(shared[0])).tier;
    const [, second] = await Promise.all(
      targets().map((target) => ask(shared[0], target, { 'x-scenario': 'reviews=empty' })),
    );
    expect(second).toMatch(/^200/);
    const { hit, miss } = (await statusOf(shared[0])).tier ?? { hit: 0, miss: 0 };
    expect([hit, miss]).toEqual([before?.hit, before?.miss]);
  });

  test('a wrong password: the answers are the same, and the log has a line that does not show it', async () => {
    expect(await answersOf(wrong)).toEqual(await answersOf(alone));
    const { tier, findings } = await statusOf(wrong);
    expect([tier?.state, findings]).toEqual(['away', ['CacheTierAway']]);
    expect(await readiness(wrong)).toEqual({ status: 200, degraded: ['cache-tier'] });
    await expect
      .poll(async () => {
        turn++;
        await answersOf(wrong);
        return wrong.output();
      })
      .toContain('WRONGPASS');
    expect(wrong.output().match(/shared cache/g)?.length).toBe(1);
    expect(wrong.output()).not.toContain('a-wrong-password');
  });

  describe('a tier that', () => {
    test.each<[string, () => unknown, () => unknown]>([
      ['is flushed', () => command('FLUSHALL'), () => undefined],
      [
        'is full',
        async () => {
          await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
          await command('CONFIG', 'SET', 'maxmemory', '1');
        },
        () => command('CONFIG', 'SET', 'maxmemory', '0'),
      ],
      [
        'is a replica of a server that is away',
        () => command('REPLICAOF', '127.0.0.1', '1'),
        () => command('REPLICAOF', 'NO', 'ONE'),
      ],
      ['is frozen', () => redis.freeze(), () => redis.thaw()],
      [
        'is killed, and comes back empty',
        () => redis.kill(),
        async () => {
          redis = await startRedis([], redis.port, PASSWORD);
        },
      ],
    ])('%s changes no answer, and is used again once it is well', async (_, spoil, mend) => {
      const wanted = await answersOf(alone);
      await spoil();
      expect(await answersOf(shared[0])).toEqual(wanted);
      expect(await answersOf(shared[1])).toEqual(wanted);
      expect((await readiness(shared[0])).status).toBe(200);
      await mend();
      for (const host of shared) {
        await expect
          .poll(async () => {
            turn++;
            await answersOf(host);
            return (await statusOf(host)).tier?.state;
          })
          .toBe('well');
      }
      for (const { output } of shared) expect(output()).not.toMatch(/unhandled|uncaught|at .+\.ts:\d+/i);
    });
  });
});
