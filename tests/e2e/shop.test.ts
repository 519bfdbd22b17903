import { describe, expect, test } from 'vitest';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

interface Look {
  readonly dark?: boolean;
  readonly phone?: boolean;
  readonly scenario?: string;
  readonly javaScript?: boolean;
}

/** Opens a page as somebody looks at it. */
async function look(path: string, { dark, phone, scenario, javaScript = true }: Look = {}) {
  const visited = await visit(shop.browser, {
    viewport: phone ? { width: 390, height: 844 } : { width: 1_280, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
  });
  if (scenario)
    await visited.context.addCookies([{ name: 'scenario', value: encodeURIComponent(scenario), url: shop.host.url }]);
  await visited.page.goto(shop.host.url + path, { waitUntil: 'networkidle' });
  return visited;
}

/** A price changes at its service, which says so by a signed webhook. */
async function tell(id: string, amountMinor: number): Promise<void> {
  const body = JSON.stringify({ type: 'pricing.price.changed', object: { id }, amountMinor });
  const told = await fetch(`http://127.0.0.1:${shop.mocks.port}/__changes`, { method: 'POST', body });
  expect(told.status).toBe(200);
}

describe('the shop in a browser', () => {
  test('leads from the home page through a search to a product', async () => {
    const { page, said } = await look('/');
    expect(await page.locator('.card').count()).toBeGreaterThan(8);
    await page.getByRole('searchbox').fill('lamp');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/\/search\?q=lamp/);
    const first = page.locator('.card a').first();
    const title = await first.textContent();
    await first.click();
    await page.waitForURL(/\/products\/p-/);
    expect(await page.locator('h1').textContent()).toBe(title);
    expect(await page.locator('.price-large').textContent()).toMatch(/€\d/);
    expect(await page.locator('.stock').count()).toBe(1);
    expect(said).toEqual([]);
  });

  test('shows a price that changes elsewhere on every list, and leaves the focus where it is', async () => {
    const { items } = (await (await fetch(`${shop.host.url}/api/products?q=lamp`)).json()) as {
      items: { id: string }[];
    };
    const found = items[0]?.id as string;
    const { page, said } = await look('/');
    const onHome = (await page.locator('.card a').first().getAttribute('href'))?.slice('/products/'.length) as string;
    const list = await page.context().newPage();
    await list.goto(`${shop.host.url}/search?q=lamp`);
    for (const [amountMinor, shown] of [
      [123_400, '€1,234.00'],
      [56_700, '€567.00'],
    ] as const) {
      for (const [tab, id] of [
        [page, onHome],
        [list, found],
      ] as const) {
        const link = tab.locator(`a[href="/products/${id}"]`);
        await link.first().focus();
        const price = tab.locator('.card', { has: link }).first().locator('.price strong');
        await tell(id, amountMinor);
        await expect.poll(() => price.textContent()).toBe(shown);
        expect(await tab.evaluate('document.activeElement.getAttribute("href")')).toBe(`/products/${id}`);
      }
    }
    expect(said).toEqual([]);
  });

  test('shows a cart as another tab and the price service change it', async () => {
    const { page, said } = await look('/products/p-000321');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('It is in your cart.').waitFor();
    const tab = await page.context().newPage();
    await tab.goto(`${shop.host.url}/cart`);
    const sum = tab.locator('.sum-total dd');
    await tell('p-000321', 10_000);
    await expect.poll(() => sum.textContent()).toBe('€100.00');
    await page.goto(`${shop.host.url}/cart`);
    await page.getByLabel('Pieces of').fill('3');
    await page.getByRole('button', { name: 'Update' }).click();
    await page.getByText('Your cart is up to date.').waitFor();
    await expect.poll(() => sum.textContent()).toBe('€300.00');
    expect(await tab.getByLabel('Pieces of').inputValue()).toBe('3');
    expect(said).toEqual([]);
  });

  test('turns the page of a search', async () => {
    const { page } = await look('/search?category=socks');
    const first = await page.locator('.card a').first().textContent();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.waitForURL(/cursor=/);
    expect(await page.locator('.card a').first().textContent()).not.toBe(first);
  });

  test('works with JavaScript off', async () => {
    const { page } = await look('/products/p-000042', { javaScript: false });
    expect(await page.locator('h1').textContent()).toMatch(/\w/);
    expect(await page.locator('.price-large').textContent()).toMatch(/€\d/);
  });

  test.each([
    ['reviews=down', 'Ratings can’t be shown right now.'],
    ['inventory=drifted', 'Stock can’t be shown right now.'],
    ['recommendations=down', 'Related products can’t be shown right now.'],
  ])('under %s a product stands, and says what is missing', async (scenario, words) => {
    const { page, said } = await look('/products/p-000042', { scenario });
    expect(await page.locator('h1').textContent()).toMatch(/\w/);
    expect(await page.getByText(words).count()).toBe(1);
    expect(await page.locator('.strip').getAttribute('data-complete')).toBe('false');
    expect(said).toEqual([]);
  });

  test('says so kindly when a page can’t be put together', async () => {
    const { page } = await look('/products/p-000042', { scenario: 'pricing=down' });
    expect(await page.locator('main [role=alert]').textContent()).toContain('could not be put together');
    expect(await page.getByRole('searchbox').count()).toBe(1);
  });

  test('a product that is not there is a 404 with a way back', async () => {
    const { page } = await look('/products/p-999999');
    expect(await page.locator('h1').textContent()).toBe('There is nothing here');
  });

  test('a problem’s type leads to a page that teaches', async () => {
    const problem = (await (await fetch(`${shop.host.url}/api/products/nonsense`)).json()) as { type: string };
    const { page } = await look(new URL(problem.type).pathname);
    expect(await page.getByRole('heading', { name: 'If you call the API' }).count()).toBe(1);
  });
});
