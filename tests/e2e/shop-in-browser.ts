import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { browserMissing } from '#tests/browser.ts';
import { freePort, over, type Running, runHost, stop, TOO_SLOW } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { once } from '#tests/support/shared-host.ts';

export interface ShopInBrowser {
  mocks: MockServer;
  host: Running;
  browser: Browser;
}

/** The browser that all workers share. Closing it closes the pages of who has opened it, and no others. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.connect(inject('browser'));
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE));
  return browser;
}

/**
 * A lean host over mocks that send it their webhooks, and the browser. The files of a worker share them, but for one that
 * needs variables of its own: it has them from before its tests until after them. Without a browser the tests are skipped,
 * and say why.
 */
export function shopInBrowser(env?: Readonly<Record<string, string>>): ShopInBrowser {
  const shop = {} as ShopInBrowser;
  const leave: (() => Promise<unknown>)[] = [];

  beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
  beforeAll(async () => {
    if (browserMissing) return;
    const own = env === undefined ? await once('shop in a browser', () => open({}, true)) : await open(env, false);
    Object.assign(shop, own);
    if (env !== undefined)
      leave.push(
        () => stop(shop.host),
        () => shop.mocks.close(),
      );
    shop.browser = await once('browser', openBrowser);
  });
  afterAll(async () => {
    for (const step of leave) await step();
  });
  return shop;
}

async function open(env: Readonly<Record<string, string>>, leaves: boolean): Promise<Omit<ShopInBrowser, 'browser'>> {
  const port = await freePort();
  const receiver = { url: `http://127.0.0.1:${port}`, secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET };
  const mocks = await startMockServer(0, { latency: 'none', slow: TOO_SLOW, receiver });
  return { mocks, host: await runHost('lean', { ...over(mocks), ...env }, { port, leaves }) };
}
