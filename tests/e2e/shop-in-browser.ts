import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { browserMissing } from '#tests/browser.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';

export interface ShopInBrowser {
  mocks: MockServer;
  host: Running;
  browser: Browser;
}

/** The browser that all files share. Closing it closes the pages of who has opened it, and no others. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.connect(inject('browser'));
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE));
  return browser;
}

/**
 * A lean host over mocks of its own that send it their webhooks, and the browser, from before a file's tests until after
 * them. Without a browser they are skipped, and say why.
 */
export function shopInBrowser(): ShopInBrowser {
  const shop = {} as ShopInBrowser;
  const leave: (() => Promise<unknown>)[] = [];

  beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
  beforeAll(async () => {
    if (browserMissing) return;
    const port = await freePort();
    const receiver = { url: `http://127.0.0.1:${port}`, secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET };
    shop.mocks = await startMockServer(0, { latency: 'none', receiver });
    leave.unshift(() => shop.mocks.close());
    shop.host = await runHost('lean', over(shop.mocks), { port });
    leave.unshift(() => stop(shop.host));
    shop.browser = await openBrowser();
    leave.unshift(() => shop.browser.close());
  });
  afterAll(async () => {
    for (const step of leave) await step();
  });
  return shop;
}
