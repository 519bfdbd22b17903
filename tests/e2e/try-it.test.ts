import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

async function arrive(javaScriptEnabled: boolean) {
  const permissions = ['clipboard-read', 'clipboard-write'];
  const { page, said } = await visit(shop.browser, { javaScriptEnabled, permissions });
  const go = (path: string) => page.goto(`${shop.host.url}/inspector/endpoints/${path}`);
  return { page, said, go };
}

const answered = (page: Page) => page.getByRole('region', { name: 'What came back' }).getByRole('heading').innerText();
const body = async (page: Page) =>
  JSON.parse(await page.getByRole('region', { name: 'Body' }).locator('pre').innerText());
const fact = (page: Page, name: string) =>
  page.locator('.panel-fact', { has: page.locator('dt', { hasText: name }) }).locator('dd');

describe('trying an operation', () => {
  for (const javaScript of LONG ? [true, false] : [true]) {
    test(`says what it costs, without what is not wanted, and 304 the second time, with scripts ${javaScript}`, async () => {
      const { page, said, go } = await arrive(javaScript);
      await go('getProduct');
      await page.getByLabel('id in the path').fill('p-000077');
      await page.getByLabel('related').uncheck();
      await page.getByRole('button', { name: 'Send it' }).click();
      await page.getByText('GET /api/products/p-000077?parts=rating%2Cstock').waitFor();
      expect(await answered(page)).toMatch(/^200 OK, \d/);
      expect(await body(page)).toMatchObject({ id: 'p-000077', price: {}, rating: {} });
      expect(await body(page)).not.toHaveProperty('related');
      expect(await fact(page, 'Round trips').innerText()).toMatch(/^1\s+instead of 4/);
      expect(await fact(page, 'Under gzip').innerText()).toMatch(/\d B\s+\d+ % of the [\d.]+ k?B for anyone/);
      const address = page.url();

      await page.getByRole('link', { name: 'Send again with its ETag' }).click();
      await expect.poll(() => answered(page)).toMatch(/^304 Not Modified, 0 B, /);
      expect(await page.getByRole('region', { name: 'Body' }).count()).toBe(0);

      await page.goto(address);
      await page.getByRole('link', { name: 'Its waterfall' }).click();
      await page.getByRole('table').waitFor();
      expect(await page.getByRole('table').innerText()).not.toContain('recommendations');
      expect(said).toEqual([]);
    });
  }

  test('as an old build shows what that build gets', async () => {
    const { page, go } = await arrive(true);
    await go('getHomeV1');
    const client = page.getByLabel('Client as X-App-Version says');
    await client.selectOption('ios/1.9.0');
    await page.getByRole('button', { name: 'Send it' }).click();
    expect(await answered(page)).toMatch(/^426 Upgrade Required/);
    expect(await page.getByRole('link', { name: 'https://apps.apple.com/' }).count()).toBe(1);
    expect(await page.getByRole('listitem').filter({ hasText: 'It may be gone from' }).innerText()).toMatch(/2027/);

    await client.selectOption('ios/2.0.0');
    await page.getByRole('button', { name: 'Send it' }).click();
    await expect.poll(() => answered(page)).toMatch(/^200 OK/);
    const fields = await page.getByRole('region', { name: 'Headers' }).innerText();
    for (const field of ['app-update', 'deprecation', 'sunset']) expect(fields).toContain(field);
  });

  test('under a scenario gives the exact answer to paste elsewhere, for that request alone', async () => {
    const { page, go } = await arrive(true);
    await go('getProduct/try?_sent=1&id=p-000042&_parts=rating&_parts=stock&_scenario=reviews%3Ddown');
    expect(await body(page)).toMatchObject({ meta: { complete: false, sections: { rating: { state: 'missing' } } } });
    await page.getByRole('button', { name: 'Copy as fixture' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(JSON.parse(await page.evaluate('navigator.clipboard.readText()'))).toEqual(await body(page));
    expect((await page.context().cookies()).map(({ name }) => name)).not.toContain('scenario');
  });

  test('is for what changes nothing, and says what is wrong with what was typed', async () => {
    const { page, go } = await arrive(false);
    for (const id of ['createReview', 'placeOrder', 'login', 'getEvents', 'nothing'])
      expect([id, (await go(`${id}/try?_sent=1`))?.status()]).toEqual([id, 404]);
    await go('searchProducts/try?_sent=1&q=lamp&limit=many');
    expect(await answered(page)).toMatch(/^400 Bad Request/);
    expect((await body(page)).errors).toMatchObject([{ in: 'query', path: 'limit' }]);
  });
});
