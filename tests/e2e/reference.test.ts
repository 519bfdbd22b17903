import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '#operations/index.ts';
import { browserMissing } from '#tests/browser.ts';
import { overflow, violations } from '#tests/support/axe.ts';
import { longTest } from '#tests/support/long-test.ts';
import { shopInBrowser } from './shop-in-browser.ts';
import { visit } from './visit.ts';

/** What Scalar 1.72 has in its own markup, which we can't reach: unnamed copy buttons, popovers with role none, grey on grey. */
const SCALARS_OWN = [
  'aria-allowed-role',
  'aria-input-field-name',
  'aria-prohibited-attr',
  'aria-required-attr',
  'aria-valid-attr-value',
  'button-name',
  'color-contrast',
  'label-content-name-mismatch',
  'landmark-no-duplicate-main',
  'landmark-unique',
  'presentation-role-conflict',
  'scrollable-region-focusable',
];
/** It says its own name; a font, a pixel or a proxy it does not name. */
const GREETING = /^@scalar\/api-reference@[\d.]+$/;

const shop = shopInBrowser();

describe('the reference', () => {
  let context: BrowserContext;
  let page: Page;
  const asked: string[] = [];
  const said: string[] = [];
  beforeAll(async () => {
    if (browserMissing) return;
    context = await shop.browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
  });
  afterAll(() => context?.close());

  /** Opens an operation, and sends it with what stands in the form already. */
  async function tryIt(place: string, path: string) {
    await page.goto('about:blank');
    await page.goto(`${shop.host.url}/docs#tag/${place}`);
    const section = page.locator(`[id$="tag/${place}"]`).first();
    await section.getByRole('button', { name: /test request/i }).click();
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path);
    await page.getByRole('button', { name: /^send/i }).first().click();
    return answered;
  }

  test('shows an operation with an answer that was really given, and tries it', async () => {
    const answer = await tryIt('products/GET/api/products/{id}', '/api/products/p-000042');
    expect([answer.status(), await answer.json()]).toMatchObject([200, { id: 'p-000042', meta: { complete: true } }]);
    await page.getByText('200 OK').waitFor();
    const own = page.getByRole('heading', { name: 'One product as the product page needs it' });
    expect(await own.first().isVisible()).toBe(true);
    expect(await page.locator('#plain').count()).toBe(0);
  });

  longTest('sends a write with its proof and an example that works', async () => {
    const answer = await tryIt('cart/POST/api/cart/lines', '/api/cart/lines');
    expect([answer.status(), answer.request().headers()['x-csrf']]).toEqual([201, '1']);
  });

  longTest('shows each request to curl, Swift, Kotlin and JavaScript, and in no other language', async () => {
    await page.goto('about:blank');
    await page.goto(`${shop.host.url}/docs#tag/cart/POST/api/cart/lines`);
    const section = page.locator('[id$="tag/cart/POST/api/cart/lines"]').first();
    const menu = section.getByRole('button', { name: /curl|okhttp|nsurlsession|fetch/i }).first();
    const SAMPLES = { Curl: /^curl /, Fetch: /^fetch\(/, NSURLSession: /URLRequest\(/, OkHttp: /OkHttpClient\(\)/ };
    for (const [name, sample] of Object.entries(SAMPLES)) {
      await menu.click();
      expect((await page.getByRole('option').allInnerTexts()).sort()).toEqual(Object.keys(SAMPLES).sort());
      await page.getByRole('option', { name }).click();
      await section.getByText(sample).first().waitFor();
    }
  });

  test('asks no one but us, tries nothing that our policy forbids, and is silent', () => {
    expect(asked.filter((url) => !url.startsWith(shop.host.url) && url !== 'about:blank')).toEqual([]);
    expect(asked.some((url) => url.endsWith('/api/openapi.json'))).toBe(true);
    expect(said.filter((line) => !GREETING.test(line))).toEqual([]);
  });

  longTest('has no defects of access but Scalar’s own', async () => {
    const rules = (await violations(page)).map((found) => found.split(':', 1)[0]);
    expect(rules.filter((rule) => !SCALARS_OWN.includes(rule ?? ''))).toEqual([]);
  });
});

test('without scripts the reference is a list of every operation, with the files for generators', async () => {
  const { page } = await visit(shop.browser, { javaScriptEnabled: false });
  await page.goto(`${shop.host.url}/docs`);
  const rows = await page.locator('tbody tr').evaluateAll((all) => all.map(({ id }) => id));
  expect(rows.sort()).toEqual(operations.map(({ contract }) => contract.id).sort());
  const texts = ['apps.md', 'openapi-generator-config.yaml', 'build.gradle.kts'].map((name) => `/docs/${name}`);
  for (const file of ['/api/openapi.json', '/api/openapi-3.0.json', ...texts]) {
    expect(await page.locator(`main a[href="${file}"]`).isVisible()).toBe(true);
    expect((await fetch(shop.host.url + file)).status).toBe(200);
  }
  for (const file of texts) {
    const answer = await fetch(shop.host.url + file);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toContain('/api/openapi-3.0.json');
  }
});

test('the page of a problem can be read by everybody, with evidence', async () => {
  const headers = { 'x-scenario': 'pricing=drifted' };
  const told = await fetch(`${shop.host.url}/api/products/p-000042`, { headers });
  const { instance } = (await told.json()) as { instance: string };
  const { page, said } = await visit(shop.browser, { colorScheme: 'dark', viewport: { width: 360, height: 800 } });
  await page.goto(shop.host.url + instance, { waitUntil: 'networkidle' });
  expect([await violations(page), await overflow(page)]).toEqual([[], 0]);
  await page.getByRole('row', { name: /^price pricing contract/ }).waitFor();
  expect(said).toEqual([]);
});

test('the script is kept for ever under an address of its own, and sent coded', async () => {
  const html = await (await fetch(`${shop.host.url}/docs`)).text();
  const path = /data-script="([^"]+)"/.exec(html)?.[1] ?? '';
  const answer = await fetch(shop.host.url + path, { headers: { 'accept-encoding': 'br' } });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'br',
    'content-type': 'text/javascript; charset=utf-8',
  });
  expect(Number(answer.headers.get('content-length'))).toBeLessThan(1_300_000);
  expect((await answer.text()).length).toBeGreaterThan(4_000_000);
  const plain = await fetch(shop.host.url + path, { headers: { 'accept-encoding': 'identity' } });
  expect([plain.status, plain.headers.get('content-encoding')]).toEqual([200, null]);
  expect((await fetch(`${shop.host.url}/docs/scalar-other.js`)).status).toBe(404);
  expect((await fetch(`${shop.host.url}/docs/..%2f..%2fpackage.json`)).status).toBe(404);
});
