import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

/** How bright the page's ground is, from 0 to 255. */
async function ground(page: Page): Promise<number> {
  const colour = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string;
  return Math.max(...(colour.match(/\d+/g) ?? []).slice(0, 3).map(Number));
}
const isDark = async (page: Page) => (await ground(page)) < 64;

describe('the theme', () => {
  for (const javaScriptEnabled of LONG ? [true, false] : [false]) {
    test(`is the system's until the visitor chooses, on any page, with scripts ${javaScriptEnabled}`, async () => {
      const { page, said } = await visit(shop.browser, { javaScriptEnabled, colorScheme: 'light' });
      await page.goto(`${shop.host.url}/search?q=lamp`);
      expect(await isDark(page)).toBe(false);
      await page.getByRole('button', { name: 'dark' }).click();
      await expect.poll(() => isDark(page)).toBe(true);
      expect(page.url()).toMatch(/\/search\?q=lamp(&whole=1)?$/);
      expect(await page.getByRole('button', { name: 'dark' }).getAttribute('aria-pressed')).toBe('true');
      await page.goto(`${shop.host.url}/inspector/config`);
      expect(await isDark(page)).toBe(true);
      await page.getByRole('button', { name: 'system' }).click();
      await expect.poll(() => isDark(page)).toBe(false);
      expect(page.url()).toBe(`${shop.host.url}/inspector/config`);
      expect(said).toEqual([]);
    });
  }

  test('comes with the document, so that nothing flashes', async () => {
    const html = await (await fetch(shop.host.url, { headers: { cookie: 'theme=dark' } })).text();
    expect(html).toMatch(/^<!DOCTYPE html><html[^>]* data-theme="dark"/);
    const odd = await (await fetch(shop.host.url, { headers: { cookie: 'theme="><script>' } })).text();
    expect(odd).toMatch(/^<!DOCTYPE html><html[^>]* data-theme="system"/);
  });

  test('is chosen by no other site’s page, and leads nowhere else', async () => {
    const choose = (headers: Record<string, string>, back: string) =>
      fetch(`${shop.host.url}/theme/set`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ theme: 'dark', return: back }),
        redirect: 'manual',
      });
    const foreign = await choose({ origin: 'https://evil.example' }, '/');
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([403, null]);
    for (const back of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const { status, headers } = await choose({ origin: shop.host.url }, back);
      expect([status, headers.get('location')]).toEqual([303, '/']);
    }
  });
});
