import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

/** Writes as a script on our own page does. */
const send = (page: Page, path: string, body: object) =>
  page.evaluate(`fetch(${JSON.stringify(path)}, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf': '1', 'idempotency-key': crypto.randomUUID() },
    body: ${JSON.stringify(JSON.stringify(body))},
  }).then((answer) => answer.json())`) as Promise<{ id: string }>;

test('a card that fails and one that succeeds show at once in another window too', async () => {
  const { context, page, said } = await visit(shop.browser);
  await page.goto(`${shop.host.url}/api/auth/login?return=/account`);
  await page.getByText('Ada Nowak').click();
  await page.waitForURL(`${shop.host.url}/account`);
  const address = { name: 'Ada', line1: 'L 1', city: 'Berlin', postalCode: '10119', country: 'DE' };
  const { id: to } = await send(page, '/api/addresses', address);
  await send(page, '/api/cart/lines', { product: 'p-000042', quantity: 1 });
  const { id } = await send(page, '/api/orders', { address: to, service: 'economy' });

  const other = await context.newPage();
  await other.goto(`${shop.host.url}/orders/${id}`);
  await other.getByText('Not paid yet').waitFor();

  const pay = async (card: string) => {
    await page.goto(`${shop.host.url}/orders/${id}`);
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.getByRole('link', { name: 'To the card' }).click();
    await page.getByRole('link', { name: `Pay with ${card}`, exact: true }).click();
    await page.waitForURL(`${shop.host.url}/orders/${id}`);
  };
  await pay('pm_card_chargeDeclined');
  await page.getByText('The last payment did not go through').waitFor();
  await other.getByText('The last payment did not go through').waitFor();
  await pay('pm_card_visa');
  for (const window of [page, other]) {
    await window.locator('[data-payment=paid]').waitFor();
    await window.locator('li[aria-current=step]', { hasText: 'Paid' }).waitFor();
  }
  expect(await other.getByRole('button', { name: 'Pay now' }).count()).toBe(0);
  expect(said).toEqual([]);
});
