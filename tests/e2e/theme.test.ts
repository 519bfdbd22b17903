import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { browserMissing } from '#tests/browser.ts';
import { overflow, violations } from '#tests/support/axe.ts';
import { over, type Running, runWarmHost, stop } from '#tests/support/host.ts';
import { openBrowser } from './open-browser.ts';

let mocks: MockServer;
let host: Running;
let browser: Browser;

beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
beforeAll(async () => {
  if (browserMissing) return;
  mocks = await startMockServer(0, { latency: 'none' });
  [host, browser] = await Promise.all([runWarmHost('lean', over(mocks)), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  if (host) await stop(host);
  await mocks?.close();
});

/** How bright the page's ground is, from 0 to 255. */
async function ground(page: Page): Promise<number> {
  const colour = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string;
  return Math.max(...(colour.match(/\d+/g) ?? []).slice(0, 3).map(Number));
}
const isDark = async (page: Page) => (await ground(page)) < 64;

describe('the theme', () => {
  for (const javaScriptEnabled of [true, false]) {
    test(`is the system's until somebody chooses, on any page, with scripts ${javaScriptEnabled}`, async () => {
      const context = await browser.newContext({ javaScriptEnabled, colorScheme: 'light' });
      const page = await context.newPage();
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      await page.goto(`${host.url}/search?q=lamp`);
      expect(await isDark(page)).toBe(false);
      await page.getByRole('button', { name: 'dark' }).click();
      await expect.poll(() => isDark(page)).toBe(true);
      expect(page.url()).toMatch(/\/search\?q=lamp(&whole=1)?$/);
      expect(await page.getByRole('button', { name: 'dark' }).getAttribute('aria-pressed')).toBe('true');
      await page.goto(`${host.url}/inspector/config`);
      expect(await isDark(page)).toBe(true);
      if (javaScriptEnabled) expect([await violations(page), await overflow(page)]).toEqual([[], 0]);
      await page.getByRole('button', { name: 'system' }).click();
      await expect.poll(() => isDark(page)).toBe(false);
      expect(page.url()).toBe(`${host.url}/inspector/config`);
      expect(said).toEqual([]);
      await context.close();
    });
  }

  test('comes with the document, so that nothing flashes', async () => {
    const html = await (await fetch(host.url, { headers: { cookie: 'theme=dark' } })).text();
    expect(html).toMatch(/^<!DOCTYPE html><html[^>]* data-theme="dark"/);
    const odd = await (await fetch(host.url, { headers: { cookie: 'theme="><script>' } })).text();
    expect(odd).toMatch(/^<!DOCTYPE html><html[^>]* data-theme="system"/);
  });

  test('is chosen by nobody else’s page, and leads nowhere else', async () => {
    const choose = (headers: Record<string, string>, back: string) =>
      fetch(`${host.url}/theme/set`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ theme: 'dark', return: back }),
        redirect: 'manual',
      });
    const foreign = await choose({ origin: 'https://evil.example' }, '/');
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([403, null]);
    for (const back of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const { status, headers } = await choose({ origin: host.url }, back);
      expect([status, headers.get('location')]).toEqual([303, '/']);
    }
  });
});
