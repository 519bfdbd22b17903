import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';
import { longTest } from '#tests/support/long-test.ts';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

const shop = shopInBrowser();

const arrive = (options: BrowserContextOptions = {}) => visit(shop.browser, options);

async function signIn(page: Page, name: string, to = '/account'): Promise<void> {
  await page.goto(`${shop.host.url}/api/auth/login?return=${encodeURIComponent(to)}`);
  await page.getByRole('link', { name }).click();
  await page.waitForURL(`${shop.host.url}${to}*`);
}

async function put(page: Page, product: string, pieces = 1): Promise<void> {
  await page.goto(`${shop.host.url}/products/${product}`);
  await page.getByLabel('Pieces').fill(String(pieces));
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('It is in your cart.').waitFor();
}

const cartIn = (page: Page) => page.getByRole('navigation', { name: 'Yours' }).getByRole('link', { name: /Cart/ });

describe('buying', () => {
  for (const javaScriptEnabled of LONG ? [true, false] : [true]) {
    test(`from a guest’s cart to the page of the order, with scripts ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
      const { page, said } = await arrive({ javaScriptEnabled });
      await put(page, 'p-000042', 2);
      await put(page, 'p-000007');
      await page.getByRole('link', { name: 'See the cart' }).click();
      await page.getByLabel('Pieces of').first().fill('3');
      await page.getByRole('button', { name: 'Update' }).first().click();
      await page.getByText('Your cart is up to date.').waitFor();
      await page.getByRole('button', { name: 'Remove' }).last().click();
      await page.getByText('It is taken out of your cart.').waitFor();
      expect(await page.getByRole('heading', { name: '3 pieces' }).count()).toBe(1);

      await page.getByRole('link', { name: 'To the checkout' }).click();
      await page.getByText('Ada Nowak').click();
      await page.waitForURL(/\/checkout/);
      await page.getByRole('link', { name: /Express/ }).click();
      await page.waitForURL(/service=express/);
      const total = await page.locator('.sum-total dd').textContent();
      await page.getByRole('button', { name: 'Place order' }).click();
      await page.waitForURL(/\/orders\/o-\d{6}/);
      await page.getByText('Thank you. Your order is placed').waitFor();
      expect(await page.locator('.sum-total dd').textContent()).toBe(total);
      expect(await page.locator('[aria-current=step]').textContent()).toContain('Placed');

      await page.goto(`${shop.host.url}/cart`);
      expect(await page.getByText('There is nothing in it yet').count()).toBe(1);
      expect(said).toEqual([]);
    });
  }

  test('clicked twice is one order', async () => {
    const { page } = await arrive();
    await put(page, 'p-000042');
    await signIn(page, 'Bo', '/checkout');
    const before = await page.evaluate(
      `fetch('/api/orders?limit=50').then((a) => a.json()).then((o) => o.items.length)`,
    );
    await page.getByRole('button', { name: 'Place order' }).dblclick();
    await page.waitForURL(/\/orders\/o-/);
    const after = await page.evaluate(
      `fetch('/api/orders?limit=50').then((a) => a.json()).then((o) => o.items.length)`,
    );
    expect(after).toBe(Number(before) + 1);
  });

  longTest('begins with an address where there is none, and says what is wrong with it', async () => {
    const { page } = await arrive({ javaScriptEnabled: false });
    await put(page, 'p-000042');
    await page.goto(`${shop.host.url}/api/auth/login?return=/checkout`);
    await page.goto(`${page.url()}/as/firsttime`);
    await page.waitForURL(/\/checkout/);
    await page.getByLabel('Full name').fill('Fay First');
    await page.getByLabel('Street').fill('Linienstr. 1');
    await page.getByLabel('Postal code').fill('!!');
    await page.getByLabel('City').fill('Berlin');
    await page.getByLabel('Country').selectOption('DE');
    await page.getByRole('button', { name: 'Send it here' }).click();
    await page.getByText('It must be a postal code.').waitFor();
    expect(await page.getByLabel('Full name').inputValue()).toBe('Fay First');
    await page.getByLabel('Postal code').fill('10119');
    await page.getByRole('button', { name: 'Send it here' }).click();
    await page.waitForURL(/address=a-/);
    await page.getByRole('button', { name: 'Place order' }).waitFor();
  });
});

describe('an account', () => {
  test('says in every head who it is and what is in the cart, and nothing once they have left', async () => {
    const { page } = await arrive();
    await put(page, 'p-000042', 4);
    await cartIn(page).filter({ hasText: '4' }).waitFor();
    await signIn(page, 'Chen');
    await page.getByRole('link', { name: /^Account of Chen/ }).waitFor();
    await cartIn(page).filter({ hasText: '4' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.getByRole('navigation', { name: 'Yours' }).getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await cartIn(page).textContent()).toBe('Cart');
    await page.getByRole('link', { name: 'Sign out there too' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.waitForURL(`${shop.host.url}/**`);
    await page.goto(`${shop.host.url}/account`);
    expect(await page.getByRole('heading', { name: 'Sign in as' }).count()).toBe(1);
  });

  longTest('keeps its addresses: added, changed, removed', async () => {
    const { page } = await arrive();
    await signIn(page, 'Chen', '/account/addresses');
    await page.getByRole('link', { name: 'Add an address' }).click();
    await page.getByLabel('Full name').fill('Chen');
    await page.getByLabel('Street').fill('Kastanienallee 7');
    await page.getByLabel('Postal code').fill('10435');
    await page.getByLabel('City').fill('Berlin');
    await page.getByLabel('Country').selectOption('DE');
    await page.getByRole('button', { name: 'Save address' }).click();
    await page.getByText('Your address is kept.').waitFor();
    await page.getByRole('link', { name: 'Change Chen, Kastanienallee 7' }).click();
    await page.getByLabel('City').fill('Potsdam');
    await page.getByRole('button', { name: 'Save address' }).click();
    await page.getByText('10435 Potsdam').waitFor();
    await page.getByRole('link', { name: 'Change Chen, Kastanienallee 7' }).click();
    await page.getByRole('button', { name: 'Remove this address' }).click();
    await page.getByText('The address is gone').waitFor();
    expect(await page.getByText('Potsdam').count()).toBe(0);
  });

  longTest('ends its other sessions, one and all', async () => {
    const [here, there, elsewhere] = await Promise.all([arrive(), arrive(), arrive()]);
    for (const { page } of [there, elsewhere, here]) await signIn(page, 'Bo');
    await here.page.goto(`${shop.host.url}/account/sessions`);
    const rows = here.page.locator('.session');
    const before = await rows.count();
    expect(await rows.filter({ hasText: 'This one' }).count()).toBe(1);
    await here.page
      .getByRole('button', { name: /^Sign out there/ })
      .first()
      .click();
    await here.page.getByText('That browser is signed out.').waitFor();
    expect(await rows.count()).toBe(before - 1);
    await here.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await here.page.getByText('You are signed in nowhere else.').waitFor();
    for (const { context } of [there, elsewhere])
      expect((await context.request.get(`${shop.host.url}/api/account`)).status()).toBe(401);
  });

  longTest('a form that is sent after its session has ended leads to the sign-in, and on from there', async () => {
    const { context, page, said } = await arrive();
    await signIn(page, 'Bo', '/account/addresses/new');
    await page.getByLabel('Full name').fill('Bo');
    await page.getByLabel('Street').fill('Storgata 1');
    await page.getByLabel('Postal code').fill('0155');
    await page.getByLabel('City').fill('Oslo');
    await page.getByLabel('Country').selectOption('NO');
    await context.clearCookies({ name: 'sid' });
    await page.getByRole('button', { name: 'Save address' }).click();
    await page.getByRole('heading', { name: 'Please sign in' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.waitForURL(`${shop.host.url}/account/addresses/new`);
    expect(said).toEqual([]);
  });
});
