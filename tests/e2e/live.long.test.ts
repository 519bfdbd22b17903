import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Hub } from '#kernel/realtime/hub.ts';
import type { State } from '#kernel/state/state.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { topics } from '#services/topics.ts';
import { browserMissing } from '#tests/browser.ts';
import { type Cutter, startCutter } from '#tests/support/cutter.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { pause, until } from '#tests/support/until.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';
import { openBrowser } from './shop-in-browser.ts';

const PRODUCT = 'p-000123';

let mocks: MockServer;
let host: Running;
let browser: Browser;
let folder: string;
let state: State;
let hub: Hub;

beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
beforeAll(async () => {
  if (browserMissing) return;
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  mocks = await startMockServer(0, { latency: 'none' });
  [host, browser] = await Promise.all([runHost('lean', { ...over(mocks), DATA_DIR: folder }), openBrowser()]);
  state = openSqliteState(join(folder, 'state.db'));
  hub = new Hub(state);
});
afterAll(async () => {
  await browser?.close();
  if (host) await stop(host);
  await state?.close();
  await mocks?.close();
  if (folder) rmSync(folder, { recursive: true });
});

async function review(title: string): Promise<void> {
  const ada = visitor();
  await signIn(ada, host.url, 'ada');
  const json = { rating: 4, title, text: 'It changed while I looked.' };
  expect((await ada.send('POST', `${host.url}/api/products/${PRODUCT}/reviews`, { json })).status).toBe(201);
}

/** Waits until an expression holds in a page. Playwright's own way evaluates text inside it, which our policy forbids. */
async function holds(page: Page, expression: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await page.evaluate(expression))) {
    if (performance.now() > end) throw new Error(`never held: ${expression}`);
    await pause(20);
  }
}

const ratings = (page: Page) => page.locator('.facts .stars').textContent();

describe('a product’s page', () => {
  test('follows what happens, over one connection, without a flash and without a word in the console', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const said: string[] = [];
    const streams: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (request.url().includes('/api/events')) streams.push(request.url());
    });
    await page.goto(`${host.url}/products/${PRODUCT}`);
    await until('it listens', () => streams.length > 0);
    // Whatever is taken away and put back, be it the same, is seen here.
    await page.evaluate(`
      window.changes = [];
      new MutationObserver((all) => {
        for (const { target } of all) window.changes.push(target.nodeName + ' ' + document.querySelector('.facts').innerText);
      }).observe(document.querySelector('.facts'), { childList: true, subtree: true, characterData: true });
      window.facts = document.querySelector('.facts').innerText;
    `);
    await pause(1_500);
    const flashes = (await page.evaluate('window.changes.filter((now) => !now.endsWith(window.facts))')) as string[];
    expect(flashes, 'the first snapshot shows what is there already').toEqual([]);

    const before = await ratings(page);
    await review('Live in Chromium');
    await holds(page, `document.querySelector('.facts .stars').textContent !== ${JSON.stringify(before)}`);
    const count = Number(/\((\d+)\)/.exec((await ratings(page)) ?? '')?.[1]);
    const { rating } = (await (await fetch(`${host.url}/api/products/${PRODUCT}`)).json()) as {
      rating: { count: number };
    };
    expect(count).toBe(rating.count);
    expect(streams).toHaveLength(1);
    expect(said).toEqual([]);
    await context.close();
  });

  test('takes no connection from the other tabs while no one looks at it', async () => {
    const context = await browser.newContext();
    // A browser without a screen takes every tab for one that is looked at.
    await context.addInitScript(`Object.defineProperty(document, 'hidden', { get: () => !window.looked })`);
    const tabs: Page[] = [];
    // Over HTTP/1.1 six streams would be all that a browser has for this host.
    for (let tab = 0; tab < 8; tab++) {
      const page = await context.newPage();
      await page.goto(`${host.url}/products/${PRODUCT}`);
      tabs.push(page);
    }
    const [looked] = tabs as [Page];
    const stream = looked.waitForRequest(/\/api\/events/);
    await looked.evaluate(`window.looked = true; document.dispatchEvent(new Event('visibilitychange'))`);
    await stream;
    const closed = looked.waitForEvent('requestfailed', {
      predicate: (request) => request.url().includes('/api/events'),
    });
    await looked.evaluate(`window.looked = false; document.dispatchEvent(new Event('visibilitychange'))`);
    await closed;
    await context.close();
  });

  test('stands as it was rendered where there are no streams', async () => {
    const context = await browser.newContext();
    await context.addInitScript('delete window.EventSource');
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${host.url}/products/${PRODUCT}`, { waitUntil: 'networkidle' });
    expect(await page.locator('.price-large').textContent()).toMatch(/€\d/);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('Chromium’s own EventSource', () => {
  let line: Cutter;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    if (browserMissing) return;
    line = await startCutter(host.port);
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(`${line.url}/problems`);
  });
  afterAll(async () => {
    await context?.close();
    await line?.close();
  });

  const open = (query: string) =>
    page.evaluate(`new Promise((ready) => {
      window.heard = [];
      window.source = new EventSource('/api/events?${query}');
      for (const name of ['ready', 'reset', 'changed', 'problem'])
        window.source.addEventListener(name, ({ data, lastEventId }) => window.heard.push([name, JSON.parse(data), lastEventId]));
      window.source.addEventListener('ready', ready, { once: true });
      window.source.addEventListener('error', () => window.source.readyState === 2 && ready());
    })`);
  const named = async (name: string) =>
    ((await page.evaluate('window.heard')) as [string, unknown, string][]).filter(([event]) => event === name);

  test('resumes after cuts: everything, once, in order', async () => {
    await open('topics=catalog');
    const COUNT = 40;
    for (let n = 0; n < COUNT; n++) {
      await hub.publish(topics.catalog, 'changed', n);
      if (n % 9 === 4) line.cutAll();
      await pause(60);
    }
    await holds(page, `window.heard.filter(([name]) => name === 'changed').length >= ${COUNT}`);
    expect((await named('changed')).map(([, n]) => n)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    expect(await named('reset')).toEqual([]);
    expect((await named('ready')).length).toBeGreaterThan(1);
    await page.evaluate('window.source.close()');
  });

  test('hears of a gap that can’t be closed, and goes on from there', async () => {
    await open('topics=promotions');
    await hub.publish(topics.promotions, 'changed', 'before');
    await holds(page, `window.heard.some(([, data]) => data === 'before')`);
    line.cutAll();
    // More than is kept: what it has not seen of it is gone.
    for (let n = 0; n < 5_001; n++) await hub.publish(topics.catalog, 'changed', n);
    await holds(page, `window.heard.some(([name]) => name === 'reset')`);
    await hub.publish(topics.promotions, 'changed', 'after');
    await holds(page, `window.heard.some(([, data]) => data === 'after')`);
    expect((await page.evaluate('window.source.readyState')) as number).toBe(1);
    await page.evaluate('window.source.close()');
  });
});
