import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { signIn, type Visit, visitor } from '#tests/support/visitor.ts';

interface Messages {
  readonly items: readonly {
    readonly id: string;
    readonly from: string;
    readonly text: string;
    readonly state: string;
  }[];
  readonly typing: boolean;
  readonly customerTyping: boolean;
}

// Much of it is waiting: both hosts at once, each one thing after the other.
describe.concurrent.each(['lean', 'next'] as const)('the chat on the %s host', (kind) => {
  describe('one after the other', { concurrent: false }, () => {
    const who = visitor();
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    let mocks: MockServer;
    let host: Running;
    let port: number;
    const at = (path: string) => host.url + path;
    const problem = (visit: Visit) => [visit.status, visit.json().code];
    const start = () => runHost(kind, { ...over(mocks), DATA_DIR: folder }, { port });
    const say = (text: string, key: string, headers = {}) =>
      who.send('POST', at('/api/support/messages'), {
        json: { text },
        headers: { 'idempotency-key': key, ...headers },
      });
    const said = async () => (await who.get(at('/api/support/messages'))).json() as unknown as Messages;

    beforeAll(async () => {
      port = await freePort();
      const secrets = { secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET };
      mocks = await startMockServer(0, { latency: 'none', receiver: { url: `http://127.0.0.1:${port}`, ...secrets } });
      host = await start();
      await signIn(who, host.url, `talks${kind}`);
    });
    afterAll(async () => {
      await stop(host);
      await mocks.close();
      rmSync(folder, { recursive: true });
    });

    test('is delivered, typed at and answered before the eyes of who watches, also after a restart', async () => {
      const cookie = `sid=${who.cookies(new URL(host.url).host).get('sid')}`;
      const source = new EventSource(at('/api/support/stream'), {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie } }),
      });
      const seen: Messages[] = [];
      source.addEventListener('snapshot', ({ data }) => seen.push((JSON.parse(data) as { view: Messages }).view));
      const saw = (holds: (view: Messages) => boolean) =>
        vi.waitFor(() => expect(seen.some(holds)).toBe(true), { timeout: PATIENCE });
      const agents = ({ items }: Messages) => items.filter(({ from }) => from === 'agent').length;
      try {
        await saw(({ items }) => items.length === 0);
        expect((await say('Where is my lamp?', 'k-1')).status).toBe(201);
        expect(seen.at(0)?.customerTyping).toBe(false);
        expect((await who.send('PUT', at('/api/support/typing'))).status).toBe(204);
        await saw(({ customerTyping }) => customerTyping);
        await saw(({ items, typing }) => typing && items[0]?.state === 'delivered');
        await saw((view) => agents(view) === 1 && !view.typing);
        await vi.waitFor(() => expect(seen.at(-1)?.customerTyping, 'it lapses').toBe(false), { timeout: PATIENCE });
        await stop(host);
        host = await start();
        await say('And my tent?', 'k-2');
        await saw((view) => agents(view) === 2);
        const last = seen.at(-1)?.items.map(({ from }) => from);
        expect(last).toEqual(['customer', 'agent', 'customer', 'agent']);
      } finally {
        source.close();
      }
    });

    test('says a thing once, however often it is sent, and nothing that is too long or empty', async () => {
      const before = (await said()).items.length;
      const sent = await Promise.all([say('Once.', 'k-3'), say('Once.', 'k-3'), say('Once.', 'k-3')]);
      expect(sent.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
      await say('Once.', 'k-3');
      expect((await said()).items.filter(({ text }) => text === 'Once.')).toHaveLength(1);
      expect((await said()).items.length).toBeGreaterThan(before);
      for (const [text, message] of [
        ['', 'must not be empty'],
        ['  ', 'must not be empty'],
        ['x'.repeat(2_001), 'must have at most 2000 characters'],
      ] as const) {
        const refused = await say(text, `bad-${text.length}`);
        expect(problem(refused)).toEqual([422, 'invalid-body']);
        expect(refused.json().errors).toMatchObject([{ in: 'body', path: 'text', message }]);
      }
      expect(problem(await say('x'.repeat(20_000), 'k-huge'))).toEqual([413, 'body-too-large']);
      // What is allowed is so in any alphabet, however it is written.
      const escaped = `{"text":"${'\\u043b'.repeat(2_000)}"}`;
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'k-long' };
      const long = await who.send('POST', at('/api/support/messages'), { body: escaped, headers });
      expect([long.status, long.json().text]).toEqual([201, 'л'.repeat(2_000)]);
      expect(problem(await say('lost', 'k-4', { 'x-scenario': 'support=drifted' }))).toEqual([502, 'outcome-unknown']);
      expect((await say('lost', 'k-4')).status).toBe(201);
      expect((await said()).items.filter(({ text }) => text === 'lost')).toHaveLength(1);
    });

    test('is private', async () => {
      const other = visitor();
      await signIn(other, host.url, `listens${kind}`);
      expect((await other.get(at('/api/support/messages'))).json().items).toEqual([]);
      expect((await visitor().get(at('/api/support/messages'))).status).toBe(401);
      expect((await visitor().send('PUT', at('/api/support/typing'))).status).toBe(401);
      expect((await visitor().get(at('/api/support/stream'), { accept: 'text/event-stream' })).status).toBe(401);
    });
  });
});
