import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { browserMissing } from '#tests/browser.ts';
import { copyOfTree } from '#tests/support/copy-of-tree.ts';
import { freePort, over, type Running, runHost, runScript, stop } from '#tests/support/host.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';
import { openBrowser } from './shop-in-browser.ts';

const PRODUCT = 'p-000042';
/** What the later build says in its place: on every page, and in a script of the browser's. */
const CHANGES = [
  { file: 'app/(shop)/layout.tsx', from: 'a demonstration shop.', to: 'a demonstration shop, built anew.' },
  { file: 'app/(shop)/support/message-box.tsx', from: 'You are writing in another', to: 'You write in another' },
];

let folder: string;
let later: ReturnType<typeof copyOfTree>;
let mocks: MockServer;
let host: Running;
let browser: Browser;
let context: BrowserContext;
let tabs: { readonly product: Page; readonly cart: Page; readonly chat: Page };
/** Where a number is half typed in the cart. */
let pieces: Locator;
/** What went wrong in any of them. */
const wrong: string[] = [];
/** Scripts and styles that they have loaded of the first build. */
const loaded = new Set<string>();
/** Documents that each has loaded since the later build took over. */
const documents = new Map<Page, number>();

beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
beforeAll(async () => {
  if (browserMissing) return;
  folder = mkdtempSync(join(tmpdir(), 'skew-'));
  later = copyOfTree(CHANGES, { toBuild: true });
  const build = runScript('build', { port: 0, cwd: later.path, env: { NODE_ENV: 'production' } });
  expect([await build.ended, build.output()]).toEqual([0, expect.stringContaining('done in')]);

  const port = await freePort();
  mocks = await startMockServer(0, { latency: 'none' });
  const env = { ...over(mocks), DATA_DIR: folder };
  [host, browser] = await Promise.all([runHost('lean', env, { port }), openBrowser()]);
  const { send } = await customer();
  expect((await send('/api/cart/lines', { product: PRODUCT, quantity: 1 })).status).toBe(201);
  context = await browser.newContext();
  const product = await open('/api/auth/login?return=/account');
  await product.getByText('Ada Nowak').click();
  await product.waitForURL(`${host.url}/account`);
  await product.goto(`${host.url}/products/${PRODUCT}`);
  tabs = { product, cart: await open('/cart'), chat: await open('/support') };
  await tabs.product.getByLabel('In a few words').fill('Half a title');
  pieces = tabs.cart.locator(`#${await tabs.cart.getByLabel('Pieces').first().getAttribute('id')}`);
  await pieces.fill('7');
  await tabs.chat.getByRole('textbox', { name: 'Your message' }).fill('Half a message');

  await stop(host);
  host = await runHost('lean', env, { port, cwd: later.path });
  for (const page of Object.values(tabs)) {
    documents.set(page, 0);
    page.on('request', (request) => {
      if (request.isNavigationRequest()) documents.set(page, (documents.get(page) ?? 0) + 1);
    });
  }
});
afterAll(async () => {
  await context?.close();
  await browser?.close();
  if (host) await stop(host);
  await mocks?.close();
  later?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    if (answer.status() >= 400) wrong.push(`${answer.status()} ${pathname}`);
    if (pathname.startsWith('/_next/static/')) loaded.add(answer.url());
  });
  await page.goto(host.url + path);
  return page;
}

/** The customer of the tabs, in another browser. */
async function customer() {
  const who = visitor();
  await signIn(who, host.url, 'ada');
  const send = (path: string, json: object) =>
    who.send('POST', host.url + path, { json, headers: { 'idempotency-key': crypto.randomUUID() } });
  return { send };
}

test('tabs of the build before go on: they hear of changes, and what is half typed stays', async () => {
  const { send } = await customer();
  const before = await tabs.product.locator('.facts .stars').textContent();
  const review = { rating: 1, title: 'Seen by an old tab', text: 'It changed while I typed.' };
  expect((await send(`/api/products/${PRODUCT}/reviews`, review)).status).toBe(201);
  expect((await send('/api/support/messages', { text: 'From elsewhere' })).status).toBe(201);
  await expect.poll(() => tabs.product.locator('.facts .stars').textContent()).not.toBe(before);
  await tabs.chat.getByText('From elsewhere', { exact: true }).waitFor();
  expect(await tabs.product.getByLabel('In a few words').inputValue()).toBe('Half a title');
  expect(await tabs.chat.getByRole('textbox', { name: 'Your message' }).inputValue()).toBe('Half a message');
  expect([documents.get(tabs.product), documents.get(tabs.chat)]).toEqual([0, 0]);
});

test('a page that its server renders again is loaded anew, once, and keeps what is half typed', async () => {
  const { send } = await customer();
  expect((await send('/api/cart/lines', { product: 'p-000043', quantity: 1 })).status).toBe(201);
  await expect.poll(() => tabs.cart.getByLabel('Pieces').count()).toBe(2);
  await expect.poll(() => pieces.inputValue()).toBe('7');
  expect(documents.get(tabs.cart)).toBe(1);
});

test('every file of the build before is there, also those that the later one does not have', async () => {
  const files = await Promise.all(
    [...loaded].map(async (url) => {
      const answer = await fetch(url);
      return [answer.status, (await answer.text()).includes('You are writing in another')] as const;
    }),
  );
  expect(new Set(files.map(([status]) => status))).toEqual(new Set([200]));
  expect(files.some(([, isEarlier]) => isEarlier)).toBe(true);
});

test('the next page is loaded whole and once, and is of the later build', async () => {
  const [was, { product }] = [documents.get(tabs.product) ?? 0, tabs];
  await product.getByRole('link', { name: 'The API' }).waitFor();
  await product.locator('header a[href="/"]').first().click();
  await product.waitForURL(`${host.url}/`);
  await product.getByText('a demonstration shop, built anew').waitFor();
  expect((documents.get(product) ?? 0) - was).toBe(1);
  await product.goBack();
  await product.getByLabel('In a few words').waitFor();
  expect(await product.getByLabel('In a few words').inputValue()).toBe('Half a title');
  expect(wrong).toEqual([]);
});
