import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

test('all orders are asked for as a file, whose bar moves by itself, and are saved', async () => {
  const { page, said } = await visit(shop.browser);
  await page.goto(`${shop.host.url}/api/auth/login?return=/orders`);
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
});
