import { expect, test } from 'vitest';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

test('a review is written without any script: what is wrong comes back with what was typed', async () => {
  const { page } = await visit(shop.browser, { javaScriptEnabled: false });
  await page.goto(`${shop.host.url}/products/p-000042`);
  await page.getByRole('link', { name: 'Sign in' }).last().click();
  await page.getByText('Ada Nowak').click();
  await page.waitForURL(`${shop.host.url}/products/p-000042`);

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
});
