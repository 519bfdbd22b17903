import { beforeAll, describe, expect, test } from 'vitest';
import { browserMissing } from '#tests/browser.ts';
import { IN_A_HURRY } from '#tests/support/host.ts';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

/** None of those that a host asks itself for as it starts. */
const PRODUCT = '/api/products/p-000142';

/** What is looked at here is a request that was given up. */
const shop = shopInBrowser(IN_A_HURRY);

beforeAll(async () => {
  if (browserMissing) return;
  await ask(PRODUCT, 'slow', 'reviews=slow');
  await ask(PRODUCT, 'drifted', 'pricing=drifted');
  await ask(PRODUCT, 'whole');
  await ask(PRODUCT, 'hit');
});

async function ask(path: string, id: string, scenario?: string): Promise<string> {
  const headers = { 'x-request-id': id, ...(scenario === undefined ? {} : { 'x-scenario': scenario }) };
  return (await fetch(shop.host.url + path, { headers })).text();
}

interface Look {
  readonly phone?: boolean;
  readonly dark?: boolean;
  readonly javaScript?: boolean;
}

async function arrive(path: string, { phone, dark, javaScript = true }: Look = {}) {
  const { page, said } = await visit(shop.browser, {
    viewport: phone ? { width: 360, height: 780 } : { width: 1_280, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const go = (to: string) => page.goto(shop.host.url + to, { waitUntil: 'load' });
  await go(path);
  return { page, said, go };
}

const idIn = (url: string) => /requests\/([^?]+)/.exec(url)?.[1];

describe('the inspector in a browser', () => {
  test('is walked through by keys alone', async () => {
    const { page, said } = await arrive('/inspector');
    // Until scripts have come there are links and buttons only.
    await page.getByRole('button', { name: 'Scenario' }).waitFor();
    const focused = () => page.evaluate<string>('document.activeElement.getAttribute("href") ?? ""');
    const pressed = async () => {
      await page.keyboard.press('j');
      return focused();
    };
    await expect.poll(pressed).toMatch(/requests/);
    const first = await focused();
    await page.keyboard.press('j');
    const second = await focused();
    expect(second).toMatch(/requests/);
    expect(second).not.toBe(first);
    await page.keyboard.press('k');
    expect(await focused()).toBe(first);
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog', { name: 'Keys and help' }).isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('s');
    expect(await page.getByRole('dialog', { name: 'Scenario' }).isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('drifted');
    await page.keyboard.press('Enter');
    // An id leads straight to its request.
    await page.waitForURL(/requests\/drifted/);
    await page.goto(`${shop.host.url}/inspector/requests/whole`);
    const copy = page.getByRole('button', { name: 'Copy as curl' });
    await copy.waitFor();
    await page.keyboard.press('c');
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`curl '${shop.host.url}${PRODUCT}'`);
    await page.keyboard.press('r');
    await page.waitForURL((url) => idIn(url.href) !== 'whole');
    // What it was made of, and what took how long, is a matter of the moment.
    expect(await page.locator('.verdict-line').textContent()).toMatch(/Well/);
    expect(said).toEqual([]);
  });

  test('says at once why a page is slow', async () => {
    const { page } = await arrive('/inspector/requests/slow');
    // A machine that has given this process too little of itself is told as the reason.
    expect(await page.locator('.verdict-line').textContent()).toMatch(
      /Reviews (?:did not answer in time|could not be heard).*rating is missing/,
    );
    expect(await page.locator('.verdict-help').textContent()).toMatch(
      /nothing but reviews was under way|more cores or instances help/,
    );
    const row = page.getByRole('row', { name: /^rating\b/ });
    expect(await row.textContent()).toMatch(/timeout|busy/);
    expect(await page.locator('tr[data-path=true]').last().textContent()).toMatch(/reviews/);
  });

  test('says at once what broke, and shows the very field', async () => {
    const { page, go } = await arrive('/inspector/requests/drifted');
    expect(await page.locator('.verdict-line').textContent()).toMatch(/502 .*pricing.* broke its contract/);
    expect(await page.getByRole('row', { name: /^price\b/ }).textContent()).toMatch(
      /amountMinor: number was due, string came/,
    );
    await go('/inspector/requests/drifted?tab=payload');
    expect(await page.locator('.json [data-fate=broken]').first().textContent()).toMatch(/amountMinor/);
  });

  test('shows what came from the cache, and who had composed it', async () => {
    const { page } = await arrive('/inspector/requests/hit');
    expect(await page.locator('.verdict-line').textContent()).toMatch(/Answered whole from our cache/);
    await page.getByRole('link', { name: 'request whole' }).click();
    await page.waitForURL(/requests\/whole/);
  });

  test('shows requests as they come, and what is looked at stays where it is', async () => {
    const { page, said } = await arrive('/inspector');
    const link = page.locator('a[href="/inspector/requests/slow"]').first();
    await link.focus();
    await ask('/api/home', 'newcomer');
    await page.locator('a[href="/inspector/requests/newcomer"]').first().waitFor();
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe('/inspector/requests/slow');
    await page.getByRole('link', { name: 'Pause' }).click();
    await page.waitForURL(/live=off/);
    expect(said).toEqual([]);
  });

  test('holds two runs beside each other, and shows what clients notice', async () => {
    const { page, go } = await arrive('/inspector/compare?a=whole&b=hit');
    expect(await page.getByText('no client will notice').count()).toBeGreaterThan(0);
    await go('/inspector/compare?a=whole&b=slow');
    expect(await page.locator('h1 + p').textContent()).toMatch(/B is .* slower than A, and says something else/);
    expect(await page.getByRole('row', { name: /^rating\.average/ }).count()).toBe(1);
  });

  test('works without scripts', async () => {
    const { page } = await arrive('/inspector?show=failed', { javaScript: false });
    await page.locator('.requests a').first().click();
    await page.waitForURL(/requests\/drifted/);
    await page.getByRole('link', { name: 'Headers' }).click();
    await page.waitForURL(/tab=headers/);
    expect(await page.locator('.fields dt', { hasText: 'x-scenario' }).count()).toBe(1);
    await page.getByRole('link', { name: 'Requests' }).first().click();
    await page.waitForURL(/inspector$/);
  });

  test('a request that is not kept is said to be none', async () => {
    const { page } = await arrive('/inspector/requests/never-was');
    expect(await page.locator('h1').textContent()).toBe('No such request is kept');
  });
});
