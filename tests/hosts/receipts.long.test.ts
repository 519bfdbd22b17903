import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVERY_ANSWER } from '#kernel/cache/cdn/cdn-fields.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import type { PurgeReceiptView } from '#schemas/view/server/purge-receipt.ts';
import { type CdnApi, startCdnApi, withCdn } from '#tests/support/cdn-api.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { type PostgresServer, startPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { startRedis, type TestRedis } from '#tests/support/redis.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

const PRODUCT = 'p-000321';

let postgres: PostgresServer;
let redis: TestRedis;
let mocks: MockServer;
let api: CdnApi;
let one: Running;
let two: Running;

describe.skipIf(isSkipped('redis-server', 'initdb'))(
  `a purge over two hosts${skipNote('redis-server', 'initdb')}`,
  () => {
    beforeAll(async () => {
      [postgres, redis, mocks, api] = await Promise.all([
        startPostgres(),
        startRedis(),
        startMockServer(0, { latency: 'none' }),
        startCdnApi('fastly'),
      ]);
      const shared = {
        ...over(mocks),
        ...withCdn('fastly', api),
        STATE_URL: await postgres.database(),
        STATE_KEYS: randomBytes(32).toString('base64url'),
        CACHE_URL: redis.url,
        INSTANCES: '2',
      };
      [one, two] = await Promise.all([runHost('lean', shared), runHost('lean', shared)]);
    });
    afterAll(async () => {
      await Promise.all([one, two].map((host) => host && stop(host)));
      await Promise.all([mocks?.close(), api?.close(), redis?.kill(), postgres?.dispose()]);
    });

    const asked = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

    /** A tab that watches an answer at a host: the events that it was sent. */
    async function watch(host: Running, target: string) {
      const gone = new AbortController();
      const { body } = await fetch(`${host.url}/api/events?watch=${encodeURIComponent(target)}`, {
        signal: gone.signal,
      });
      const seen: string[] = [];
      const parser = createParser({ onEvent: ({ data }) => seen.push(data) });
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const part of body ?? []) parser.feed(decoder.decode(part, { stream: true }));
      })().catch(() => undefined);
      return {
        seen,
        leave: async () => {
          gone.abort();
          await reading;
        },
      };
    }

    test('a webhook at one instance has a receipt of every hop, to a screen at the other', {
      timeout: PATIENCE,
    }, async () => {
      const target = `/api/products/${PRODUCT}`;
      const tab = await watch(two, target);
      await expect.poll(() => tab.seen.length, { timeout: PATIENCE }).toBeGreaterThan(0);
      const answer = await fetch(one.url + target);
      await answer.text();
      expect(answer.headers.get('cdn-cache-control')).toBe('max-age=60');
      expect(answer.headers.get('surrogate-key')?.split(' ')).toContain(`price:${PRODUCT}`);

      // A new CDN is told to drop everything, and once more after three seconds: that would stand for the purge's own calls.
      await expect
        .poll(() => api.taken.filter((keys) => keys.includes(EVERY_ANSWER)).length, { timeout: PATIENCE })
        .toBe(2);
      await fetch(`http://127.0.0.1:${mocks.port}/__control/prices`, {
        method: 'POST',
        body: JSON.stringify({ id: PRODUCT, amountMinor: 777 }),
      });
      const { headers, body } = signEvent('msg_receipt', {
        type: 'pricing.price.changed',
        object: { id: PRODUCT, version: 1 },
      });
      expect((await fetch(`${one.url}/api/webhooks/upstream`, { method: 'POST', headers, body })).status).toBe(200);
      await expect.poll(() => tab.seen.some((data) => data.includes('777')), { timeout: PATIENCE }).toBe(true);

      const id = await lastPurge();
      let receipt: PurgeReceiptView | undefined;
      await expect
        .poll(
          async () => {
            receipt = await asked<PurgeReceiptView>(`${one.url}/api/ops/purges/${id}`);
            return { cdn: receipt.cdn?.length, told: receipt.instances?.map(({ told }) => told).sort() };
          },
          { timeout: PATIENCE },
        )
        .toEqual({ cdn: 2, told: [0, 1] });
      await tab.leave();

      expect(receipt).toMatchObject({
        id,
        tags: [`price:${PRODUCT}`],
        by: 'upstream pricing.price.changed msg_receipt',
        tier: expect.any(String),
        cdn: [
          { name: 'fastly', again: false },
          { name: 'fastly', again: true },
        ],
      });
      const { received, logged, instances = [], cdn = [] } = receipt ?? {};
      expect(new Set(instances.map(({ instance }) => instance.split(':').at(-1)))).toEqual(
        new Set([String(one.port), String(two.port)]),
      );
      const there = instances.find(({ instance }) => instance.endsWith(`:${two.port}`));
      expect(there).toMatchObject({ told: 1, changed: 1, lastTold: expect.any(String) });
      // One machine has one clock: no hop is before the one that it follows from.
      const times = (...all: (string | null | undefined)[]) => all.map((time) => Date.parse(time ?? ''));
      const order = times(received, logged, there?.at, there?.lastTold);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(Date.parse(cdn[0]?.at ?? '')).toBeGreaterThanOrEqual(order[1] ?? Number.NaN);
      expect(api.taken.filter((keys) => keys.includes(`price:${PRODUCT}`)).length).toBe(2);

      const printed = await trace(id);
      expect(printed).toContain(`${id}: price:${PRODUCT}`);
      for (const hop of [
        'webhook in',
        'in the log',
        `:${two.port}`,
        'outranked in the shared cache',
        'fastly has confirmed again',
      ])
        expect(printed).toContain(hop);
    });

    test('a CDN that fails is named in status and metrics, and has the purge once it is back', {
      timeout: PATIENCE,
    }, async () => {
      api.failing = 500;
      const taken = api.taken.length;
      const { headers, body } = signEvent('msg_later', {
        type: 'pricing.price.changed',
        object: { id: 'p-000322', version: 1 },
      });
      await fetch(`${two.url}/api/webhooks/upstream`, { method: 'POST', headers, body });
      interface Status {
        readonly cdn: { readonly overdue: number; readonly failed: number; readonly reason: string | null };
      }
      const statuses = () => Promise.all([one, two].map(({ url }) => asked<Status>(`${url}/api/ops/status`)));
      await expect
        .poll(async () => (await statuses()).map(({ cdn }) => cdn.reason ?? '').join(), { timeout: PATIENCE })
        .toContain("The CDN's API answered 500");
      const metrics = await (await fetch(`${one.url}/api/metrics`)).text();
      expect(metrics).toContain('tributary_cdn_purge_overdue_seconds');
      api.failing = undefined;
      await expect
        .poll(() => api.taken.slice(taken).some((keys) => keys.includes('price:p-000322')), { timeout: PATIENCE })
        .toBe(true);
      await expect
        .poll(async () => (await statuses()).map(({ cdn }) => cdn.overdue), { timeout: PATIENCE })
        .toEqual([0, 0]);
    });

    /** What the status names as the last purge, once it is the one that is waited for. */
    async function lastPurge(): Promise<string> {
      const { lastPurge: last } = await asked<{ lastPurge: { id: string } }>(`${two.url}/api/ops/status`);
      return last.id;
    }

    async function trace(id: string): Promise<string> {
      const { stdout } = await promisify(execFile)(process.execPath, ['scripts/trace.ts', id, '--url', one.url]);
      return stdout;
    }
  },
);
