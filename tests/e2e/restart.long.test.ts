import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { browserMissing } from '#tests/browser.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { openBrowser } from './shop-in-browser.ts';

const PRODUCT = 'p-000042';

/** The tabs of one browser in which a customer is signed in. */
interface Window {
  readonly product: Page;
  readonly chat: Page;
  readonly order: Page;
}

for (const kind of ['lean', 'next'] as const) {
  describe(`two windows, and the ${kind} host ends and starts again`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'restart-'));
    let mocks: MockServer;
    let host: Running;
    let browser: Browser;
    let windows: readonly [Window, Window];
    let exported: Page;

    beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
    beforeAll(async () => {
      if (browserMissing) return;
      const port = await freePort();
      const secrets = { secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET };
      mocks = await startMockServer(0, { latency: 'none', receiver: { url: `http://127.0.0.1:${port}`, ...secrets } });
      const start = () => runHost(kind, { ...over(mocks), DATA_DIR: folder }, { port });
      [host, browser] = await Promise.all([start(), openBrowser()]);

      const first = await signedIn();
      const order = await placeOrder(first);
      windows = [await openWindow(first, order), await openWindow(await signedIn(), order)];
      exported = await first.context().newPage();
      // The orders service hangs: nothing is done of it when the host ends.
      const begun = await send(first, '/api/exports', {}, { 'x-scenario': 'orders=hang' });
      await exported.goto(`${host.url}/orders/exports/${begun.id}`);
      await pay(windows[0].order, 'pm_card_chargeDeclined');
      await say(windows[0].chat, 'Where is my lamp?');
      for (const { chat, order } of windows) {
        await chat.getByText('Where is my lamp?', { exact: true }).waitFor();
        await order.locator('[data-payment=failed]').waitFor();
      }
      for (const page of pages()) await page.evaluate('window.stays = true');

      host.child.kill('SIGKILL');
      await host.ended;
      host = await start();
    });
    afterAll(async () => {
      await browser?.close();
      if (host) await stop(host);
      await mocks?.close();
      rmSync(folder, { recursive: true });
    });

    const pages = () => [...windows.flatMap(({ product, chat, order }) => [product, chat, order]), exported];
    const stayed = (page: Page) => page.evaluate('window.stays');

    async function signedIn(): Promise<Page> {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${host.url}/api/auth/login?return=/account`);
      await page.getByText('Ada Nowak').click();
      await page.waitForURL(`${host.url}/account`);
      return page;
    }

    async function placeOrder(page: Page): Promise<string> {
      const to = { name: 'Ada', line1: 'L 1', city: 'Berlin', postalCode: '10119', country: 'DE' };
      const { id: address } = await send(page, '/api/addresses', to);
      await send(page, '/api/cart/lines', { product: PRODUCT, quantity: 1 });
      return (await send(page, '/api/orders', { address, service: 'economy' })).id;
    }

    async function openWindow(product: Page, id: string): Promise<Window> {
      const [chat, order] = [await product.context().newPage(), await product.context().newPage()];
      await Promise.all([
        product.goto(`${host.url}/products/${PRODUCT}`),
        chat.goto(`${host.url}/support`),
        order.goto(`${host.url}/orders/${id}`),
      ]);
      return { product, chat, order };
    }

    test('a price that changes upstream is shown in both', async () => {
      await change(987);
      for (const { product } of windows) {
        await product.locator('.price-large', { hasText: '€9.87' }).waitFor();
        expect(await stayed(product)).toBe(true);
      }
    });

    test('the chat goes on', async () => {
      const [{ chat }, { chat: other }] = windows;
      const answer = /^You said “Where is my lamp\?”/;
      for (const page of [chat, other]) await page.getByText(answer).waitFor();
      expect([await stayed(chat), await stayed(other)]).toEqual([true, true]);
      await write(chat, 'And my tent?');
      await other.getByText('You are writing in another window').waitFor();
      expect(await chat.getByText('You are writing in another window').count()).toBe(0);
      await chat.getByRole('button', { name: 'Send' }).click();
      await other.getByText('And my tent?', { exact: true }).waitFor();
      for (const page of [chat, other]) await page.getByText(/^You said “And my tent\?”/).waitFor();
      expect(await stayed(other)).toBe(true);
    });

    test('an order whose card was declined is paid with another', async () => {
      const [{ order }, { order: other }] = windows;
      await pay(order, 'pm_card_visa');
      for (const page of [order, other]) {
        await page.locator('[data-payment=paid]').waitFor();
        await page.locator('li[aria-current=step]', { hasText: 'Paid' }).waitFor();
      }
      expect(await stayed(other)).toBe(true);
    });

    test('an export that was begun before comes to its end before the eyes of who waits', async () => {
      await exported.getByText('Your file is ready').waitFor();
      expect(await exported.getByRole('progressbar').getAttribute('value')).toBe('100');
      expect(await stayed(exported)).toBe(true);
      const [download] = await Promise.all([
        exported.waitForEvent('download'),
        exported.getByRole('link', { name: 'Get the file' }).click(),
      ]);
      expect(await text(await download.createReadStream())).toMatch(/^order,placed at,/);
    });

    async function change(amountMinor: number): Promise<void> {
      const told = await fetch(`http://127.0.0.1:${mocks.port}/__changes`, {
        method: 'POST',
        body: JSON.stringify({ type: 'pricing.price.changed', object: { id: PRODUCT }, amountMinor }),
      });
      expect(((await told.json()) as { status: number }).status).toBe(200);
    }

    const write = (page: Page, text: string) => page.getByRole('textbox', { name: 'Your message' }).fill(text);

    async function say(page: Page, text: string): Promise<void> {
      await write(page, text);
      await page.getByRole('button', { name: 'Send' }).click();
    }

    async function pay(page: Page, card: string): Promise<void> {
      const { href } = new URL(page.url());
      await page.getByRole('button', { name: 'Pay now' }).click();
      await page.getByRole('link', { name: 'To the card' }).click();
      await page.getByRole('link', { name: `Pay with ${card}`, exact: true }).click();
      await page.waitForURL(href);
    }
  });
}

/** Writes as a script on our own page does. */
function send(page: Page, path: string, body: object, headers: Record<string, string> = {}): Promise<{ id: string }> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf': '1', ...headers } };
  return page.evaluate(`(async () => {
    const init = ${JSON.stringify({ ...init, body: JSON.stringify(body) })};
    init.headers['idempotency-key'] = crypto.randomUUID();
    return (await fetch(${JSON.stringify(path)}, init)).json();
  })()`) as Promise<{ id: string }>;
}
