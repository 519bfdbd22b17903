import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WEBHOOK_SENDERS, type WebhookSender } from '#config/webhooks.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { tailEvents } from '#tests/support/event-tail.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { HOST_KINDS, LONG } from '#tests/support/long.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';
import { signWebhook } from '#tests/support/sign-webhook.ts';
import { until } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';
import { signIn, type Visitor, visitor } from '#tests/support/visitor.ts';

const KIB = 1_024;

let mocks: MockServer;
let folder: string;
let lean: Running;
/** In the long run, another process over the same file, as behind a load balancer. */
let next: Running | undefined;
let shop: MockServer;
const all = () => (next === undefined ? [lean] : [lean, next]);

beforeAll(async () => {
  mocks = await sharedMocks();
  const shared = await sharedHost('lean');
  [lean, folder] = [shared, shared.dataDir];
  if (LONG) next = await runHost('next', { ...over(mocks), DATA_DIR: folder });
  // Another front of the same upstreams, which tells the lean host of changes.
  shop = await startMockServer(0, {
    latency: 'none',
    receiver: { url: lean.url, secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET },
  });
});
afterAll(async () => {
  if (next) await stop(next);
  await shop?.close();
});

/** One event of each sender that is known, with the type that stands in its header. */
const EVENTS: Readonly<Record<WebhookSender, (id: string) => { text: string; type?: string }>> = {
  stripe: (id) => ({
    text: JSON.stringify({
      id,
      type: 'payment_intent.succeeded',
      created: 1_795_000_000,
      data: { object: { id: `pi_${id}`, amount: 990, metadata: { order: 'o-1', owner: 'ada' } } },
    }),
  }),
  github: (id) => ({
    text: JSON.stringify({
      after: id,
      ref: 'refs/heads/main',
      repository: { full_name: 'shop/content', default_branch: 'main', pushed_at: 1_795_000_000 },
    }),
    type: 'push',
  }),
  clerk: (id) => ({
    text: JSON.stringify({ type: 'user.updated', timestamp: 1_795_000_000_000, data: { id: `user_${id}` } }),
  }),
  upstream: (id) => ({ text: signEvent(id, { type: 'inventory.level.changed', object: { id, version: 1 } }).body }),
};

interface Post {
  readonly headers?: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

async function post(host: Running, sender: string, { headers = {}, body }: Post) {
  const answer = await fetch(`${host.url}/api/webhooks/${sender}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) };
}

describe.each(HOST_KINDS)('the %s host', (kind) => {
  const host = () => (kind === 'lean' ? lean : (next as Running));

  describe.each(WEBHOOK_SENDERS)('from %s', (sender) => {
    test('takes what is signed, once, and says so', async () => {
      const id = `evt_${kind}_${sender}`;
      const { text, ...more } = EVENTS[sender](id);
      const headers = await signWebhook(sender, text, { id, ...more });
      const first = await post(host(), sender, { headers, body: text });
      expect([first.status, first.json]).toEqual([200, { received: 'now' }]);
      expect(first.headers.get('cache-control')).toBe('no-store');
      expect(first.headers.get('set-cookie')).toBeNull();
      const again = await signWebhook(sender, text, { id, ...more });
      for (const other of all())
        expect((await post(other, sender, { headers: again, body: text })).json).toEqual({ received: 'before' });
    });

    test('takes nothing that is not: one answer whatever is wrong, and no hint', async () => {
      const id = `evt_${kind}_${sender}_forged`;
      const { text, ...more } = EVENTS[sender](id);
      const right = await signWebhook(sender, text, { id, ...more });
      const foreign = await signWebhook(sender, text, { id, ...more, secret: `whsec_${'QUJD'.repeat(8)}` });
      const tries = [
        { body: text },
        { headers: foreign, body: text },
        { headers: right, body: `${text} ` },
        { headers: right, body: `\uFEFF${text}` },
        { headers: right, body: '' },
      ];
      const answers = await Promise.all(tries.map((one) => post(host(), sender, one)));
      for (const { status, headers, json } of answers) {
        expect([status, json.code, Object.keys(json).sort()]).toEqual([
          401,
          'bad-signature',
          ['code', 'instance', 'requestId', 'status', 'title', 'type'],
        ]);
        expect([headers.get('set-cookie'), headers.get('location'), headers.get('www-authenticate')]).toEqual([
          null,
          null,
          null,
        ]);
        expect(headers.get('cache-control')).toBe('no-store');
      }
    });

    test('knows nothing of other types, and does not mind them', async () => {
      for (const type of ['nothing.of.ours', '__proto__', 'constructor']) {
        const text = JSON.stringify({ id: 'evt_unknown', type });
        const headers = await signWebhook(sender, text, { id: 'evt_unknown', type });
        expect((await post(host(), sender, { headers, body: text })).status).toBe(204);
      }
    });

    test('has a limit, and answers what is no delivery without a redirect', async () => {
      const limit = sender === 'github' ? 25 * KIB * KIB : 256 * KIB;
      const longer = 'x'.repeat(limit + 1);
      const large = await post(host(), sender, { headers: await signWebhook(sender, longer), body: longer });
      expect([large.status, large.json.code]).toEqual([413, 'body-too-large']);
      const whole = 'x'.repeat(limit);
      const headers = await signWebhook(sender, whole);
      expect((await post(host(), sender, { headers, body: whole })).status, 'signed, but no JSON').toBe(204);
      const form = await post(host(), sender, { headers: { ...headers, 'content-type': 'text/plain' }, body: 'a' });
      expect(form.status).toBe(415);
      const read = await fetch(`${host().url}/api/webhooks/${sender}`, { redirect: 'manual' });
      expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    });
  });

  test('knows a delivery of GitHub’s by what is signed, whatever id is written beside it', async () => {
    const { text, ...more } = EVENTS.github(`${kind}_replayed`);
    const received = [];
    for (const id of ['one', 'two', 'three']) {
      const headers = await signWebhook('github', text, { id, ...more });
      received.push((await post(host(), 'github', { headers, body: text })).json.received);
    }
    expect(received).toEqual(['now', 'before', 'before']);
  });

  test('parks what it can’t read, and says that it has it', async () => {
    const id = `msg_${kind}_drifted`;
    const signed = signEvent(id, { type: 'orders.order.changed', object: { id: 'o-1', version: 1 } });
    expect((await post(host(), 'upstream', signed)).json).toEqual({ received: 'now' });
    expect((await post(host(), 'upstream', signed)).json).toEqual({ received: 'before' });
  });
});

describe('a change upstream', () => {
  const price = async ({ url }: Running, id: string) => {
    const answer = await fetch(`${url}/api/products/${id}`);
    const view = (await answer.json()) as { price: { now: { minor: number } } };
    return { minor: view.price.now.minor, cache: answer.headers.get('cache-status') };
  };
  const change = async (id: string, amountMinor: number) => {
    await fetch(`http://127.0.0.1:${mocks.port}/__control/prices`, {
      method: 'POST',
      body: JSON.stringify({ id, amountMinor }),
    });
    const told = await fetch(`http://127.0.0.1:${shop.port}/__changes`, {
      method: 'POST',
      body: JSON.stringify({ type: 'pricing.price.changed', object: { id } }),
    });
    expect(((await told.json()) as { status: number }).status).toBe(200);
  };

  test('is seen on the next look, in every process, without a line of code in any screen', async () => {
    const id = 'p-000123';
    for (const host of all()) {
      // What earlier deliveries purge may be worked off in between.
      await expect.poll(async () => (await price(host, id)).cache, { message: host.url }).toContain('hit');
    }
    await change(id, 777);
    for (const host of all()) {
      await expect.poll(async () => (await price(host, id)).minor, { message: host.url }).toBe(777);
    }
  });

  test.each([
    ['+00:00', 'p-000125', 611],
    ['+02:00', 'p-000126', 622],
    ['-11:30', 'p-000127', 633],
  ])('takes effect where its time is written with %s', async (offset, id, amountMinor) => {
    await expect.poll(async () => (await price(lean, id)).cache).toContain('hit');
    await fetch(`http://127.0.0.1:${mocks.port}/__control/prices`, {
      method: 'POST',
      body: JSON.stringify({ id, amountMinor }),
    });
    const state = openSqliteState(join(folder, 'state.db'));
    const tail = tailEvents(state);
    const event = {
      type: 'pricing.price.changed',
      occurredAt: `2026-11-29T14:00:00${offset}`,
      object: { id, version: 1 },
    };
    expect((await post(lean, 'upstream', signEvent(`msg_at_${id}`, event))).json).toEqual({ received: 'now' });
    // What is told of is done; what is parked is never told of.
    await until('it has come', () => tail.told.some(({ data }) => data.id === id));
    await tail.stop();
    await state.close();
    // The other process may have worked on it, and this one hears of it as fast as we do.
    await expect.poll(async () => (await price(lean, id)).minor).toBe(amountMinor);
  });

  test('comes to those who look at it as one message', async () => {
    const id = 'p-000124';
    await change(id, 555);
    const state = openSqliteState(join(folder, 'state.db'));
    const tail = tailEvents(state);
    const messages = () => tail.told.filter(({ data }) => data.id === id);
    await until('it has come', () => messages().length > 0);
    await tail.stop();
    await state.close();
    expect(messages()).toEqual([{ channel: 'catalog', event: 'price', data: { id, version: expect.any(Number) } }]);
  });
});

describe('a user whom Clerk has deleted', () => {
  test('is signed out everywhere, and no other is', async () => {
    const [ada, bo] = [visitor(), visitor()];
    await Promise.all([signIn(ada, lean.url, 'ada'), signIn(bo, lean.url, 'bo')]);
    const isSignedIn = async (who: Visitor) => (await who.get(`${lean.url}/api/auth/session`)).json().signedIn;
    expect(await isSignedIn(ada)).toBe(true);
    const text = JSON.stringify({ type: 'user.deleted', data: { id: 'ada', deleted: true } });
    const headers = await signWebhook('clerk', text, { id: 'msg_deleted' });
    expect((await post(all().at(-1) as Running, 'clerk', { headers, body: text })).status).toBe(200);
    await expect.poll(() => isSignedIn(ada)).toBe(false);
    expect(await isSignedIn(bo)).toBe(true);
  });
});

if (LONG)
  describe('a server whose store can’t be written', () => {
    test('takes nothing, and asks for it again', async () => {
      const broken = mkdtempSync(join(tmpdir(), 'tributary-broken-'));
      mkdirSync(join(broken, 'state.db'));
      const host = await runHost('lean', { ...over(mocks), DATA_DIR: broken, LOG_LEVEL: 'silent' });
      try {
        const signed = signEvent('msg_1', { type: 'pricing.price.changed', object: { id: 'p-1', version: 1 } });
        const { status, headers, json } = await post(host, 'upstream', signed);
        expect([status, headers.get('retry-after'), json.code]).toEqual([503, '1', 'state-unavailable']);
      } finally {
        await stop(host);
        rmSync(broken, { recursive: true, force: true });
      }
    });
  });

if (LONG)
  describe('a server with secrets of its own', () => {
    test('believes both of them, and no sender who knows the mocks’ secret', async () => {
      const host = await runHost('lean', {
        ...over(mocks),
        GITHUB_WEBHOOK_SECRETS: 'a-new-secret-of-ours, an-old-secret-of-ours',
      });
      try {
        const { text, type } = EVENTS.github('g');
        for (const [secret, status] of [
          [DEVELOPMENT_SECRET, 401],
          ['a-new-secret-of-ours', 200],
          ['an-old-secret-of-ours', 200],
        ] as const) {
          const headers = await signWebhook('github', text, { secret, id: 'g', type: type ?? '' });
          expect((await post(host, 'github', { headers, body: text })).status, secret).toBe(status);
        }
      } finally {
        await stop(host);
      }
    });
  });
