import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hub } from '#kernel/realtime/hub.ts';
import { startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { topics } from '#services/topics.ts';
import type { Drill } from '#tests/support/drill.ts';
import { answers, freePort, over, type Running, run, stop } from '#tests/support/host.ts';
import { type IdleClient, openIdle } from '#tests/support/idle-client.ts';
import { LEAN_FLAGS } from '#tests/support/lean-flags.ts';
import { pause, until } from '#tests/support/until.ts';

const SIZES = { short: 150, full: 10_000 };
/** As many as one address may have, less a few. */
const AN_ADDRESS = 190;
const AT_ONCE = 100;
/** What the clients may cost, and what the whole process may have with them. */
const MOST = { clients: 100e6, all: 340e6 } as const;
/** Milliseconds without an event: what V8 keeps after a busy moment it gives back in a quiet one. */
const REST = { short: 0, full: 30_000 } as const;
const TICKS = 5;

/** Clients that listen to a topic and hear next to nothing, on the lean host as `npm start` starts it. */
export const drill: Drill = {
  name: 'streams: idle clients',
  proves: 'the lean host is within 340 MB with 10,000 idle clients, and each hears of an event within a second',
  async run(size, tell) {
    const count = SIZES[size];
    const folder = mkdtempSync(join(tmpdir(), 'tributary-drill-'));
    const mocks = await startMockServer(0, { latency: 'none' });
    const port = await freePort();
    const env = { NODE_ENV: 'production', PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'warn', DATA_DIR: folder };
    const host = run([...LEAN_FLAGS, 'server.ts'], {
      port,
      env: { ...env, ...over(mocks) },
    });
    const state = openSqliteState(join(folder, 'state.db'));
    const clients: IdleClient[] = [];
    try {
      await answers(host, '/api/health/ready');
      await warm(host);
      const before = residentBytes(host);
      const began = performance.now();
      while (clients.length < count) {
        const opening = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, (_, index) => {
          const address = `127.0.0.${1 + Math.floor((clients.length + index) / AN_ADDRESS)}`;
          return openIdle(port, '/api/events?topics=catalog', address);
        });
        clients.push(...(await Promise.all(opening)));
      }
      const opened = (performance.now() - began) / 1_000;
      await pause(2_000);
      const grown = residentBytes(host) - before;
      tell(`${count} clients in ${opened.toFixed(1)} s, ${megabytes(grown)} more`);

      const hub = new Hub(state);
      const delays: number[] = [];
      for (const client of clients) client.take();
      for (let tick = 0; tick < TICKS; tick++) {
        const sent = performance.now();
        await hub.publish(topics.catalog, 'changed', { tick });
        const waiting = new Set(clients);
        await until('everybody has heard of it', () => {
          for (const client of waiting) if (client.take().includes('event: changed')) waiting.delete(client);
          return waiting.size === 0;
        });
        delays.push(performance.now() - sent);
      }
      const after = residentBytes(host) - before;
      await pause(REST[size]);
      const all = residentBytes(host);
      for (const client of clients.splice(0)) client.leave();
      assert.ok(after < MOST.clients, `they cost ${megabytes(after)}`);
      assert.ok(all < MOST.all, `with them it has ${megabytes(all)}`);
      const slowest = Math.max(...delays);
      // How soon is a figure of a machine; in short it is enough that all have heard.
      if (size === 'full') assert.ok(slowest < 1_000, `the last one heard of an event after ${slowest.toFixed(0)} ms`);
      const each = (after / count / 1_000).toFixed(1);
      return (
        `${count} clients: ${megabytes(before)} before, ${megabytes(grown)} more idle, ${megabytes(after)} more after ` +
        `${TICKS} events (${each} kB each), ${megabytes(all)} in all at rest; all heard within ${slowest.toFixed(0)} ms`
      );
    } finally {
      for (const client of clients) client.leave();
      await stop(host);
      await state.close();
      await mocks.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** What a first visitor makes the host load is not the clients' cost. */
async function warm({ url }: Running): Promise<void> {
  for (const path of ['/', '/api/home', '/products/p-000042', '/api/products/p-000042']) {
    await (await fetch(url + path)).text();
  }
}

function residentBytes({ child }: Running): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' });
  return Number(stdout) * 1_024;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
