import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { Hub } from '#kernel/realtime/hub.ts';
import { openSqliteState } from '#kernel/state/sqlite.ts';
import { startMockServer } from '#mocks/server.ts';
import { topics } from '#services/topics.ts';
import { startCutter } from '#tests/support/cutter.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { pause, until } from '#tests/support/until.ts';

/** One address may have 200 streams on each host. */
const SIZES = {
  short: { hosts: 1, clients: 50, events: 60, every: 50, cuts: 1 },
  full: { hosts: 4, clients: 500, events: 1_200, every: 100, cuts: 15 },
} as const;

/** Clients by somebody else, cut at random, while events are published and one host after the other is replaced. */
export const drill: Drill = {
  name: 'streams: cut and resumed',
  proves: 'nobody loses an event, gets one twice or out of order, however often the line is cut or the host replaced',
  async run(size, tell) {
    const { hosts: count, clients, events, every, cuts } = SIZES[size];
    const folder = mkdtempSync(join(tmpdir(), 'tributary-drill-'));
    const mocks = await startMockServer(0, { latency: 'none' });
    const start = () => runHost('lean', { ...over(mocks), DATA_DIR: folder });
    const hosts: Running[] = [];
    for (let n = 0; n < count; n++) hosts.push(await start());
    const line = await startCutter(...hosts.map(({ port }) => port));
    const state = openSqliteState(join(folder, 'state.db'));
    const hub = new Hub(state);
    const sources: EventSource[] = [];
    const tally = { cuts: 0, resets: 0, refused: 0, ready: 0, replaced: 0 };
    try {
      const heard: number[][] = Array.from({ length: clients }, () => []);
      for (const mine of heard) {
        const source = new EventSource(`${line.url}/api/events?topics=catalog`);
        source.addEventListener('changed', ({ data }) => mine.push(Number(data)));
        source.addEventListener('reset', () => tally.resets++);
        source.addEventListener('ready', () => tally.ready++);
        source.addEventListener('error', () => {
          if (source.readyState === EventSource.CLOSED) tally.refused++;
        });
        sources.push(source);
      }
      await until('all are in', () => tally.ready >= clients);

      for (let n = 0; n < events; n++) {
        await hub.publish(topics.catalog, 'changed', n);
        for (let cut = 0; cut < cuts; cut++) {
          line.cutOne();
          tally.cuts++;
        }
        if (count > 1 && n % 250 === 200) {
          // Taken out, told to stop, and another in its place.
          const fresh = await start();
          const old = hosts.shift() as Running;
          hosts.push(fresh);
          line.ports = hosts.map(({ port }) => port);
          void stop(old);
          tally.replaced++;
          tell(`${n} events, ${tally.cuts} cuts, ${tally.replaced} hosts replaced`);
        }
        await pause(every);
      }
      const complete = () => heard.every((mine) => mine.length >= events);
      await until('everybody has everything', complete).catch(() => undefined);

      const wanted = Array.from({ length: events }, (_, n) => n);
      const wrong = heard.filter((mine) => JSON.stringify(mine) !== JSON.stringify(wanted));
      const first = wrong[0]?.find((n, index) => n !== index);
      assert.equal(
        wrong.length,
        0,
        `${wrong.length} clients have not each event once and in order; one from ${first} on`,
      );
      assert.equal(tally.refused, 0, `${tally.refused} clients were told not to come back`);
      assert.equal(tally.resets, 0, `${tally.resets} clients were told that events are gone`);
      return (
        `${clients * events} events to ${clients} clients over ${tally.ready - clients} reconnections: 0 lost, 0 doubled, ` +
        `0 out of order; ${tally.replaced} hosts replaced`
      );
    } finally {
      for (const source of sources) source.close();
      await line.close();
      await Promise.all(hosts.map(stop));
      await state.close();
      await mocks.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
