import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { signIn, type Visit, visitor } from '#tests/support/visitor.ts';

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

// Much of it is waiting: both hosts at once, each one thing after the other.
describe.concurrent.each(['lean', 'next'] as const)('an export on the %s host', (kind) => {
  describe('one after the other', { concurrent: false }, () => {
    const who = visitor();
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    let host: Running;
    let port: number;
    const at = (path: string) => host.url + path;
    const problem = (visit: Visit) => [visit.status, visit.json().code];
    const begin = async (scenario?: string) => {
      const begun = await who.send('POST', at('/api/exports'), { headers: scenario ? { 'x-scenario': scenario } : {} });
      return { begun, address: begun.headers.get('location') ?? '' };
    };
    const start = () => runHost(kind, { ...over(mocks), DATA_DIR: folder }, { port });
    const stage = async (address: string) => (await who.get(at(address))).json().stage;

    beforeAll(async () => {
      port = await freePort();
      host = await start();
      await signIn(who, host.url, 'ada');
    });
    afterAll(async () => {
      await stop(host);
      rmSync(folder, { recursive: true });
    });

    test('is begun, done and fetched: every line of every order', async () => {
      const { begun, address } = await begin();
      expect([begun.status, begun.json().stage]).toEqual([202, 'listing']);
      await vi.waitFor(async () => expect(await stage(address)).toBe('done'), { timeout: PATIENCE });
      const done = (await who.get(at(address))).json() as { percent: number; orders: number; file: string };
      expect(done.percent).toBe(100);
      const file = await who.get(at(done.file), { accept: 'text/csv' });
      expect([file.status, file.headers.get('content-type'), file.headers.get('content-disposition')]).toEqual([
        200,
        'text/csv; charset=utf-8',
        'attachment; filename="orders.csv"',
      ]);
      expect(file.headers.get('cache-control')).toMatch(/private|no-store/);
      const [head, ...rows] = file.text.trimEnd().split('\r\n');
      expect(head).toBe('order,placed at,state,product,title,quantity,each,currency');
      expect(new Set(rows.map((row) => row.split(',', 1)[0])).size).toBe(done.orders);
      expect(problem(await who.get(at(done.file), { accept: 'application/json' }))).toEqual([406, 'not-acceptable']);
    });

    test('is its owner’s alone', async () => {
      const { address } = await begin();
      await vi.waitFor(async () => expect(await stage(address)).toBe('done'), { timeout: PATIENCE });
      const other = visitor();
      await signIn(other, host.url, 'bo');
      for (const path of [address, `${address}/file`])
        expect(problem(await other.get(at(path)))).toEqual([404, 'not-found']);
      expect(problem(await other.send('DELETE', at(address)))).toEqual([404, 'not-found']);
      expect((await other.get(at(`${address}/progress`), { accept: 'text/event-stream' })).status).toBe(404);
      expect((await visitor().get(at(address))).status).toBe(401);
    });

    test('that no worker can take waits, goes on after a restart, and its stream reports all of it', async () => {
      // The orders service hangs: the process ends in the middle of the work.
      const { address } = await begin('orders=hang');
      const seen: string[] = [];
      const cookie = `sid=${who.cookies(new URL(host.url).host).get('sid')}`;
      const source = new EventSource(at(`${address}/progress`), {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie } }),
      });
      source.addEventListener('snapshot', ({ data }) => {
        const { view } = JSON.parse(data) as { view: { stage: string; percent: number } };
        seen.push(`${view.stage} ${view.percent}`);
      });
      try {
        await vi.waitFor(() => expect(seen).toContain('listing 0'), { timeout: PATIENCE });
        host.child.kill('SIGKILL');
        await host.ended;
        host = await start();
        await vi.waitFor(() => expect(seen).toContain('done 100'), { timeout: PATIENCE });
      } finally {
        source.close();
      }
      expect((await who.get(at(`${address}/file`), { accept: 'text/csv' })).status).toBe(200);
    });

    test('is cancelled, and stays so', async () => {
      const { address } = await begin('orders=hang');
      expect((await who.send('DELETE', at(address))).status).toBe(204);
      expect(await stage(address)).toBe('cancelled');
      expect(problem(await who.get(at(`${address}/file`), { accept: 'text/csv' }))).toEqual([409, 'conflict']);
      expect((await who.send('DELETE', at(address))).status).toBe(204);
      expect((await begin()).address).not.toBe(address);
    });
  });
});
