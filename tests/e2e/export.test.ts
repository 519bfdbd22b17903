import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { browserMissing } from '#tests/browser.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { openBrowser } from './open-browser.ts';

let mocks: MockServer;
let host: Running;
let browser: Browser;

beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
beforeAll(async () => {
  if (browserMissing) return;
  mocks = await startMockServer(0, { latency: 'none' });
  [host, browser] = await Promise.all([runHost('lean', over(mocks)), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  if (host) await stop(host);
  await mocks?.close();
});

test('all orders are asked for as a file, whose bar moves by itself, and are saved', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(`${host.url}/api/auth/login?return=/orders`);
  await page.getByText('Ada Nowak').click();
  await page.getByRole('button', { name: 'All of them as a file' }).click();
  await page.waitForURL(/\/orders\/exports\//);
  await page.getByText('Your file is ready').waitFor();
  expect(await page.getByRole('progressbar').getAttribute('value')).toBe('100');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Get the file' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('orders.csv');
  expect(await text(await download.createReadStream())).toMatch(/^order,placed at,/);
  expect(said).toEqual([]);
  await context.close();
});
