import { expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';
import { faultsOf, LOOKS, shopper } from '#tests/support/looks.ts';
import { shopInBrowser } from './shop-in-browser.ts';

const shop = shopInBrowser();

const FEW = [
  [LOOKS[0], ['/', '/inspector?live=off']],
  [LOOKS[1], ['/products/p-000042', '/checkout']],
] as const;
const MORE = [
  [LOOKS[0], ['/products/p-000042', '/account']],
  [LOOKS[1], ['/search?q=lamp', '/orders', '/support']],
] as const;

/** `e2e/screens.long` and `npm run drills -- screens` look at all of them. */
test.each(LONG ? [...FEW, ...MORE] : FEW)('screens are right in their $colorScheme look', async (look, screens) => {
  const page = await shopper(shop.browser, shop.host.url, look);
  for (const screen of screens) expect(await faultsOf(page, shop.host.url + screen), screen).toEqual([]);
  await page.context().close();
});
