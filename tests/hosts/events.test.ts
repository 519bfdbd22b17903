import { mkdtempSync, rmSync } from 'node:fs';
import { connect as openSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { userScope } from '#kernel/base/scope.ts';
import { Hub } from '#kernel/realtime/hub.ts';
import type { State } from '#kernel/state/state.ts';
import type { MockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { topics } from '#services/topics.ts';
import { appToken } from '#tests/support/app-login.ts';
import { type Cutter, startCutter } from '#tests/support/cutter.ts';
import { over, type Running, runHost } from '#tests/support/host.ts';
import { OWN_HOSTS } from '#tests/support/long.ts';
import { longTest } from '#tests/support/long-test.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';
import { pause, until } from '#tests/support/until.ts';
import { signIn, type Visitor, visitor } from '#tests/support/visitor.ts';
import { bytesOf } from './wire.ts';

const REVIEWED = 'p-000123';

/** An EventSource by somebody else, and everything that it was told. */
interface Client {
  readonly source: EventSource;
  readonly heard: { readonly event: string; readonly data: unknown; readonly id: string }[];
  named(event: string): unknown[];
}

const clients: EventSource[] = [];
afterAll(() => {
  for (const source of clients.splice(0)) source.close();
});

function connect(url: string, headers: Record<string, string> = {}): Client {
  const source = new EventSource(url, {
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...headers } } as RequestInit),
  });
  clients.push(source);
  const heard: Client['heard'] = [];
  for (const event of ['ready', 'reset', 'snapshot', 'problem', 'changed']) {
    source.addEventListener(event, ({ data, lastEventId }) =>
      heard.push({ event, data: JSON.parse(data), id: lastEventId }),
    );
  }
  return { source, heard, named: (event) => heard.filter((one) => one.event === event).map(({ data }) => data) };
}

const cookieOf = (who: Visitor, host: Running) =>
  [...who.cookies(new URL(host.url).host)].map(([name, value]) => `${name}=${value}`).join('; ');

describe.each(OWN_HOSTS)('the %s host', (kind) => {
  let mocks: MockServer;
  beforeAll(async () => {
    mocks = await sharedMocks();
  });

  describe('its streams', () => {
    let host: Running;
    let state: State;
    let hub: Hub;
    let line: Cutter;
    const at = (path: string) => line.url + path;

    beforeAll(async () => {
      const shared = await sharedHost(kind);
      host = shared;
      state = openSqliteState(join(shared.dataDir, 'state.db'));
      // As another process over the same state, such as one that takes webhooks.
      hub = new Hub(state);
      line = await startCutter(host.port);
    });
    afterAll(async () => {
      await line.close();
      await state.close();
    });

    test('come as such: at once, not to be stored, changed or held back', async () => {
      const leaving = new AbortController();
      const answer = await fetch(`${host.url}/api/events?topics=catalog`, {
        headers: { 'accept-encoding': 'gzip, br' },
        signal: leaving.signal,
      });
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-encoding')]).toEqual([
        200,
        'text/event-stream',
        null,
      ]);
      expect(answer.headers.get('cache-control')).toBe('no-store, no-transform');
      expect(answer.headers.get('x-accel-buffering')).toBe('no');
      const reader = answer.body?.getReader();
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toMatch(/^retry: \d+\nevent: ready\n/);
      leaving.abort();
      const head = await fetch(`${host.url}/api/events?topics=catalog`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
        200,
        'text/event-stream',
        '',
      ]);
    });

    test('go on after cuts where they were: all events, once each, in order', async () => {
      const all = Array.from({ length: 12 }, () => connect(at('/api/events?topics=catalog')));
      await until('all are in', () => all.every(({ named }) => named('ready').length === 1));
      const COUNT = 60;
      for (let n = 0; n < COUNT; n++) {
        await hub.publish(topics.catalog, 'changed', n);
        if (n % 5 === 0) line.cutOne();
        if (n % 20 === 10) line.cutAll();
        await pause(20);
      }
      const wanted = Array.from({ length: COUNT }, (_, n) => n);
      await until('all have everything', () => all.every(({ named }) => named('changed').length >= COUNT));
      for (const { named } of all) {
        expect(named('changed')).toEqual(wanted);
        expect(named('reset')).toEqual([]);
      }
      expect(all.some(({ named }) => named('ready').length > 1)).toBe(true);
    });

    test('say so where what was missed is gone', async () => {
      const client = connect(at('/api/events?topics=catalog'), { 'last-event-id': 'gone-a-long-time-ago' });
      await until('it is told', () => client.heard.length >= 2);
      expect(client.heard.map(({ event }) => event)).toEqual(['ready', 'reset']);
    });

    test('bring a watched answer at once, and again when a write has changed it', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      const address = `/api/products/${REVIEWED}/reviews`;
      const one = connect(at(address));
      const many = connect(at(`/api/events?watch=${encodeURIComponent(`${address},/api/products/${REVIEWED}`)}`));
      const lastOne = () => one.named('snapshot').at(-1) as { total: number } | undefined;
      const rated = () =>
        (many.named('snapshot') as { of: string; view: { rating?: { count: number } } }[])
          .filter(({ of }) => of.endsWith(REVIEWED))
          .at(-1)?.view.rating?.count;
      await until('both are shown', () => lastOne() !== undefined && rated() !== undefined);
      const [total = 0, count = 0] = [lastOne()?.total, rated()];
      const review = { rating: 5, title: `Live on ${kind}`, text: 'It changes by itself.' };
      const made = await ada.send('POST', `${host.url}${address}`, { json: review });
      expect(made.status).toBe(201);
      await until('both show it', () => lastOne()?.total === total + 1 && rated() === count + 1);
      const answer = await visitor().get(`${host.url}${address}`);
      expect([one.heard.at(-1)?.id, one.heard.at(-1)?.data]).toEqual([answer.headers.get('etag'), answer.json()]);
    });

    test('show what a sign-in in another window has moved into the cart', async () => {
      const name = `moves${kind}`;
      const here = visitor();
      await signIn(here, host.url, name);
      const watched = connect(at('/api/events?watch=/api/cart'), { cookie: cookieOf(here, host) });
      const pieces = () => (watched.named('snapshot') as { view: { pieces: number } }[]).at(-1)?.view.pieces;
      await until('it is shown', () => pieces() === 0);
      const guest = visitor();
      const json = { product: 'p-000001', quantity: 3 };
      expect((await guest.send('POST', `${host.url}/api/cart/lines`, { json })).status).toBe(201);
      await signIn(guest, host.url, name);
      await until('it is moved', () => pieces() === 3);
    });

    test('of what is personal are the principal’s alone, by cookie and by bearer, and no one’s after the logout', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      const bo = { authorization: `Bearer ${await appToken(mocks.port, 'bo')}` };
      const personal = at('/api/events?topics=orders&watch=/api/account');
      const adas = connect(personal, { cookie: cookieOf(ada, host) });
      const bos = connect(personal, bo);
      const nobody = connect(personal);
      const shown = ({ named }: Client) => named('snapshot').length > 0;
      await until('both are shown', () => shown(adas) && shown(bos));
      expect(JSON.stringify(adas.heard)).toContain('Ada Nowak');
      expect(JSON.stringify(bos.heard)).not.toContain('Ada');
      await until('nobody is refused', () => nobody.source.readyState === EventSource.CLOSED);
      expect(nobody.heard).toEqual([]);

      await hub.publish(
        topics.orders,
        'changed',
        'canary',
        userScope(`http://127.0.0.1:${mocks.port}/identity`, 'ada'),
      );
      await until('it has come', () => adas.named('changed').length === 1);
      const stolen = connect(personal, { ...bo, 'last-event-id': adas.heard.find(({ id }) => id !== '')?.id ?? '' });
      await until('it is shown', () => shown(stolen));
      expect(JSON.stringify([bos.heard, stolen.heard])).not.toContain('canary');

      let ended = false;
      adas.source.addEventListener('error', () => {
        ended = true;
      });
      await ada.send('POST', `${host.url}/api/auth/logout`);
      await until('its stream ends', () => ended);
      await until('it is refused for good', () => adas.source.readyState === EventSource.CLOSED);
      expect(bos.source.readyState).toBe(EventSource.OPEN);
    });

    longTest('that are not read are cut, and not ended: what waits for one client has a bound', async () => {
      const listening = async () =>
        ((await (await fetch(`${host.url}/api/ops/status`)).json()) as { streams: number }).streams;
      const before = await listening();
      const socket = await new Promise<Socket>((resolve) => {
        const opened = openSocket(host.port, '127.0.0.1', () => resolve(opened));
      });
      socket.write(bytesOf('GET', '/api/events?topics=promotions', ['Host: x']));
      const quick = connect(`${host.url}/api/events?topics=promotions`);
      await until('the other is in', () => quick.heard.length === 1);
      await expect.poll(listening).toBe(before + 2);
      // More than the buffers of both kernels take.
      const COUNT = 1_500;
      // The other one keeps up, however slow this machine is.
      for (let n = 0; n < COUNT; n++) {
        await hub.publish(topics.promotions, 'changed', 'x'.repeat(15_000));
        if (n % 50 === 49) await until('the other has it all', () => quick.heard.length === n + 2);
      }
      // It is given five seconds to take something; the other one listens on.
      await expect.poll(listening).toBe(before + 1);
      let read = 0;
      let tail = '';
      socket.on('data', (chunk) => {
        read += chunk.length;
        tail = (tail + chunk.toString('latin1')).slice(-5);
      });
      await new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
      expect(read).toBeLessThan(COUNT * 15_000);
      expect(tail, 'the last chunk of what is whole').not.toBe('0\r\n\r\n');
    });

    test('are refused for good only where coming back is of no use', async () => {
      for (const [query, status] of [
        ['topics=nope', 400],
        ['watch=/api/nothing', 400],
        ['watch=/api/account', 401],
      ]) {
        expect((await fetch(`${host.url}/api/events?${query}`)).status).toBe(status);
      }
    });
  });

  // `shutdown` shows it of the lean host.
  longTest(
    'asked to stop, it ends its streams at once, each with the time to come back, and itself soon after',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'events-'));
      const first = await runHost(kind, { ...over(mocks), DATA_DIR: folder });
      const line = await startCutter(first.port);
      const client = connect(`${line.url}/api/events?topics=catalog`);
      const raw = await fetch(`${first.url}/api/events?topics=catalog`);
      await until('it is in', () => client.heard.length === 1);
      first.child.kill('SIGTERM');
      const text = await raw.text();
      expect(text).toMatch(/retry: \d+\nevent: reconnect\ndata: .+\n\n$/);
      await first.ended;
      expect(client.source.readyState).toBe(EventSource.CONNECTING);
      await line.close();
      rmSync(folder, { recursive: true });
    },
  );
});
