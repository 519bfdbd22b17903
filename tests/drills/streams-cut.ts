import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource, type EventSourceInit, type FetchLike } from 'eventsource';
import { Hub } from '#kernel/realtime/hub.ts';
import type { State } from '#kernel/state/state.ts';
import { startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { topics } from '#services/topics.ts';
import { startCutter } from '#tests/support/cutter.ts';
import type { Drill, Size, Tell } from '#tests/support/drill.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { pause, until } from '#tests/support/until.ts';

/** One address may have 200 streams on each host. */
const SIZES = {
  short: { hosts: 1, clients: 50, events: 60, every: 50, cuts: 1 },
  full: { hosts: 4, clients: 500, events: 1_200, every: 100, cuts: 15 },
} as const;

/** A host is replaced at the first of these events, and again after so many. */
const [FIRST_REPLACED, REPLACED_EVERY] = [20, 250];

/** The seeded defect: so many clients do not say where they were, and go on with what comes from then on. */
const FORGETFUL = 3;

/** How much of it: clients and events, milliseconds between these, and lines cut at each. */
interface Load {
  readonly clients: number;
  readonly events: number;
  readonly every: number;
  readonly cuts: number;
}

/** What clients listen to. */
export interface Site {
  /** Where connections go, each to one of them. */
  readonly ports: readonly number[];
  /** Where they come from, if one address may not have so many. */
  readonly addresses?: readonly string[];
  /** Another look at its state. */
  readonly state: State;
  /** Puts another host in the place of one, and says where connections go from then on. Not called while it is at it. */
  readonly replace?: (() => Promise<readonly number[]>) | undefined;
  dispose(): Promise<void>;
}

/** Clients by somebody else, cut at random, while events are published and one host after the other is replaced. */
export const drill = cutDrill('streams: cut and resumed', SIZES, async (size) => {
  const count = SIZES[size].hosts;
  const folder = mkdtempSync(join(tmpdir(), 'tributary-drill-'));
  const mocks = await startMockServer(0, { latency: 'none' });
  const start = () => runHost('lean', { ...over(mocks), DATA_DIR: folder });
  const hosts: Running[] = [];
  for (let n = 0; n < count; n++) hosts.push(await start());
  const state = openSqliteState(join(folder, 'state.db'));
  const ports = () => hosts.map(({ port }) => port);
  const replace = async () => {
    // Taken out, told to stop, and another in its place.
    hosts.push(await start());
    void stop(hosts.shift() as Running);
    return ports();
  };
  return {
    ports: ports(),
    state,
    replace: count > 1 ? replace : undefined,
    async dispose() {
      await Promise.all(hosts.map(stop));
      await state.close();
      await mocks.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

export function cutDrill(
  name: string,
  sizes: Readonly<Record<Size, Load>>,
  make: (size: Size, tell: Tell) => Promise<Site>,
): Drill {
  return {
    name,
    proves: 'nobody loses an event, gets one twice or out of order, however often the line is cut or the host replaced',
    async run(size, tell) {
      const site = await make(size, tell);
      try {
        return await listen(site, sizes[size], tell);
      } finally {
        await site.dispose();
      }
    },
  };
}

async function listen(site: Site, { clients, events, every, cuts }: Load, tell: Tell): Promise<string> {
  const line = await startCutter(...site.ports);
  line.addresses = site.addresses ?? [];
  const hub = new Hub(site.state);
  const sources: EventSource[] = [];
  const tally = { cuts: 0, resets: 0, refused: 0, ready: 0, replaced: 0 };
  let replacing = false;
  let failed: unknown;
  const replace = async (published: number) => {
    if (site.replace === undefined || replacing) return;
    replacing = true;
    line.ports = await site.replace();
    replacing = false;
    tally.replaced++;
    tell(`${published} events, ${tally.cuts} cuts, ${tally.replaced} hosts replaced`);
  };
  try {
    const listenWith = (init?: EventSourceInit): number[] => {
      const mine: number[] = [];
      const source = new EventSource(`${line.url}/api/events?topics=catalog`, init);
      source.addEventListener('changed', ({ data }) => mine.push(Number(data)));
      source.addEventListener('reset', () => tally.resets++);
      source.addEventListener('ready', () => tally.ready++);
      source.addEventListener('error', () => {
        if (source.readyState === EventSource.CLOSED) tally.refused++;
      });
      sources.push(source);
      return mine;
    };
    const heard = Array.from({ length: clients }, () => listenWith());
    const byForgetful = Array.from({ length: FORGETFUL }, () => listenWith({ fetch: forgetting }));
    await until('all are in', () => tally.ready >= clients + FORGETFUL);

    let underWay: Promise<void> = Promise.resolve();
    for (let n = 0; n < events; n++) {
      await hub.publish(topics.catalog, 'changed', n);
      if (n === Math.floor(events / 2)) line.cutAll();
      for (let cut = 0; cut < cuts; cut++) {
        line.cutOne();
        tally.cuts++;
      }
      if (n % REPLACED_EVERY === FIRST_REPLACED && !replacing) {
        underWay = replace(n).catch((error) => {
          failed = error;
        });
      }
      await pause(every);
    }
    await underWay;
    if (failed) throw failed;
    const complete = () => heard.every((mine) => mine.length >= events);
    await until('everybody has everything', complete).catch(() => undefined);

    const wanted = Array.from({ length: events }, (_, n) => n);
    const isWrong = (mine: readonly number[]) => JSON.stringify(mine) !== JSON.stringify(wanted);
    const wrong = heard.filter(isWrong);
    const first = wrong[0]?.find((n, index) => n !== index);
    assert.equal(
      wrong.length,
      0,
      `${wrong.length} clients have not each event once and in order; one from ${first} on`,
    );
    assert.ok(byForgetful.every(isWrong), 'the seeded defect was not seen');
    assert.equal(tally.refused, 0, `${tally.refused} clients were told not to come back`);
    assert.equal(tally.resets, 0, `${tally.resets} clients were told that events are gone`);
    return (
      `${clients * events} events to ${clients} clients over ${tally.ready - clients - FORGETFUL} reconnections: 0 lost, 0 doubled, ` +
      `0 out of order; ${tally.replaced} hosts replaced; the seeded defect: of ${FORGETFUL} clients that go on from now, each lost some`
    );
  } finally {
    for (const source of sources) source.close();
    await line.close();
  }
}

const forgetting: FetchLike = (url, init) => {
  const { 'Last-Event-ID': _, ...headers } = init.headers;
  return fetch(url, { ...init, headers });
};
