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

test('a review is written without any script: what is wrong comes back with what was typed', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${host.url}/products/p-000042`);
  await page.getByRole('link', { name: 'Sign in' }).last().click();
  await page.getByText('Ada Nowak').click();
  await page.waitForURL(`${host.url}/products/p-000042`);

  await page.getByLabel('Stars').fill('5');
  await page.getByLabel('In a few words').fill('   ');
  await page.getByLabel('And in more').fill('A lamp that has outlived two flats.');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForURL(/form=/);
  expect(await page.getByRole('alert').isVisible()).toBe(true);
  expect(await page.getByLabel('And in more').inputValue()).toBe('A lamp that has outlived two flats.');

  await page.getByLabel('In a few words').fill('Still shining');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Thank you').waitFor();
  expect(await page.getByRole('heading', { name: 'Still shining' }).isVisible()).toBe(true);
  await context.close();
});
