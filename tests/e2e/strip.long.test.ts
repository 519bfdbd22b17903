import { describe, expect, test } from 'vitest';
import { over, runHost, stop } from '#tests/support/host.ts';
import { shopInBrowser } from './shop-in-browser.ts';

const shop = shopInBrowser();

async function visit(path: string, javaScriptEnabled = true) {
  const context = await shop.browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  await page.goto(shop.host.url + path, { waitUntil: 'networkidle' });
  const strip = page.locator('.strip');
  return {
    page,
    strip,
    words: async () => (await strip.locator('li').allTextContents()).join(' · '),
    leave: () => context.close(),
  };
}

const COST = /^1 request · [5-9] upstreams · [\d.]+ (?:ms|s) · [\d.]+ kB → [\d.]+ kB$/;

describe('the strip at the foot of a page', () => {
  test('says what the page has cost, and leads to where that is explained', async () => {
    const { page, strip, words, leave } = await visit('/products/p-000201');
    expect(await words()).toMatch(COST);
    expect(await strip.getAttribute('data-complete')).toBe('true');
    await strip.getByRole('link', { name: 'Look inside' }).click();
    await page.waitForURL(/\/inspector\/requests\//);
    expect(await page.locator('h1').textContent()).toContain('/api/products/p-000201');
    await leave();
  });

  test('covers all that the page has read, and they are found together', async () => {
    const { page, strip, leave } = await visit('/products/p-000202');
    const all = strip.getByRole('link', { name: /^All \d reads$/ });
    const count = Number(/\d/.exec((await all.textContent()) ?? '')?.[0]);
    expect(count).toBeGreaterThanOrEqual(3);
    await all.click();
    await page.waitForURL(/\/inspector\?q=/);
    const targets = await page.locator('tbody tr').allTextContents();
    expect(targets).toHaveLength(count);
    for (const target of ['/api/products/p-000202', '/api/products/p-000202/reviews', '/api/categories'])
      expect(
        targets.some((text) => text.includes(target)),
        target,
      ).toBe(true);
    await leave();
  });

  test('says from the cache where no upstream was asked', async () => {
    await (await visit('/search?q=lamp')).leave();
    const { words, leave } = await visit('/search?q=lamp');
    expect(await words()).toMatch(/^1 request · from the cache · [\d.]+ ms · [\d.]+ kB$/);
    await leave();
  });

  test('is the page’s own: two that are read at once do not mix', async () => {
    const paths = ['/products/p-000203', '/search?q=tent', '/products/p-000204', '/'];
    const visits = await Promise.all(paths.map((path) => visit(path)));
    for (const { page, strip, leave } of visits) {
      const href = await strip.getByRole('link', { name: /^All/ }).getAttribute('href');
      await page.goto(shop.host.url + href);
      const targets = await page.locator('tbody tr').allTextContents();
      const things = targets.filter((text) => /p-00020[34]\b|q=tent|\/api\/home/.test(text));
      expect(new Set(things.map((text) => /p-00020[34]|q=tent|home/.exec(text)?.[0])).size).toBe(1);
      await leave();
    }
  });

  test.each([true, false])('says what is missing, with scripts: %s', async (scripts) => {
    const { strip, words, leave } = await visit('/products/p-000205?scenario=reviews=down', scripts);
    expect(await words()).toMatch(/ · partial \d+\/\d+: .*rating/);
    expect(await strip.getAttribute('data-complete')).toBe('false');
    await leave();
  });

  test('shows without scripts what is known', async () => {
    const whole = await visit('/products/p-000206?whole=1', false);
    expect(await whole.words()).toMatch(COST);
    await whole.leave();
    const home = await visit('/', false);
    expect(await home.words()).toMatch(/^1 request · /);
    await home.leave();
  });

  test('stands where a page could not be put together', async () => {
    const { words, leave } = await visit('/products/p-000207?scenario=pricing=down');
    expect(await words()).toMatch(/ · partial \d\/\d: .*getProduct/);
    await leave();
  });
});

test('no one sees it where the inspector is off', async () => {
  const quiet = await runHost('lean', { ...over(shop.mocks), INSPECTOR: 'off' });
  try {
    const body = await (await fetch(`${quiet.url}/products/p-000042`)).text();
    expect(body).toContain('</html>');
    expect(body).not.toContain('What this page has cost');
  } finally {
    await stop(quiet);
  }
});
