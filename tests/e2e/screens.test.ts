import { expect, test } from 'vitest';
import { faultsOf, LOOKS, shopper } from '#tests/support/looks.ts';
import { shopInBrowser } from './shop-in-browser.ts';

const shop = shopInBrowser();

/** The long run and `npm run drills -- screens` look at all of them. */
test.each([
  [LOOKS[0], ['/', '/products/p-000042', '/account', '/inspector?live=off']],
  [LOOKS[1], ['/search?q=lamp', '/checkout', '/orders', '/support']],
])('screens are right in their $colorScheme look', async (look, screens) => {
  const page = await shopper(shop.browser, shop.host.url, look);
  for (const screen of screens) expect(await faultsOf(page, shop.host.url + screen), screen).toEqual([]);
  await page.context().close();
});
