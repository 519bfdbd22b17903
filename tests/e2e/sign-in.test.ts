import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { shopInBrowser } from './shop-in-browser.ts';

const TRIES = 20;

const shop = shopInBrowser();

/** Somebody who has signed in with a click, and is back on the page that they wanted. */
async function signedIn(): Promise<{ context: BrowserContext; page: Page }> {
  const context = await shop.browser.newContext();
  const page = await context.newPage();
  await page.goto(`${shop.host.url}/api/auth/login?return=/products/p-000042`);
  await page.getByText('Ada Nowak').click();
  await page.waitForURL(`${shop.host.url}/products/p-000042`);
  return { context, page };
}

/** What one of our own pages gets as JSON. */
const ask = (page: Page, path: string) =>
  page.evaluate(`fetch(${JSON.stringify(path)}).then((answer) => answer.json())`) as Promise<Record<string, unknown>>;

describe('signing in with a browser', () => {
  test('leaves nothing that a script could read, neither here nor in what it stores', async () => {
    const { context, page } = await signedIn();
    expect(await ask(page, '/api/auth/session')).toMatchObject({ signedIn: true, name: 'Ada Nowak' });
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');
    const sid = (await context.cookies(shop.host.url)).find(({ name }) => name === 'sid');
    expect(sid).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    await context.close();
  });

  test('is undone by no other site’s page: none of its forms, fetches and frames has an effect', async () => {
    const { context, page } = await signedIn();
    const before = await ask(page, '/api/addresses?limit=50');
    const evil = await context.newPage();
    const answers: number[] = [];
    context.on('response', (answer) => {
      if (answer.url().startsWith(`${shop.host.url}/api/`) && answer.request().method() !== 'GET')
        answers.push(answer.status());
    });
    // What this browser keeps from the page that asked (Cross-Origin-Resource-Policy) has been sent all the same.
    let kept = 0;
    context.on('requestfailed', (request) => {
      if (request.url().startsWith(`${shop.host.url}/api/`) && request.method() !== 'GET') kept++;
    });
    const address = JSON.stringify({ name: 'M', line1: 'M', city: 'M', postalCode: '10119', country: 'DE' });
    const forms = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].map(
      (type, index) =>
        `<iframe name="f${index}"></iframe><form target="f${index}" method="post" enctype="${type}" action="${shop.host.url}/api/auth/logout"><input name='{"a":"' value='"}'></form>`,
    );
    const script = `
      for (const form of document.forms) form.submit();
      for (let n = 0; n < ${TRIES}; n++) {
        fetch('${shop.host.url}/api/auth/logout', { method: 'POST', credentials: 'include', mode: 'no-cors' }).catch(() => {});
        fetch('${shop.host.url}/api/addresses', { method: 'POST', credentials: 'include', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: ${JSON.stringify(address)} }).catch(() => {});
        fetch('${shop.host.url}/api/addresses', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json', 'x-csrf': '1' }, body: ${JSON.stringify(address)} }).catch(() => {});
        navigator.sendBeacon('${shop.host.url}/api/auth/logout');
      }`;
    // On this machine too, under another name: a browser keeps pages of the wide world off it altogether.
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`${forms.join('')}<script>${script}</script>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await evil.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    await expect.poll(() => answers.length + kept).toBeGreaterThanOrEqual(TRIES);
    await evil.waitForLoadState('networkidle');
    expect(answers.filter((status) => status < 400)).toEqual([]);
    expect(await ask(page, '/api/auth/session')).toMatchObject({ signedIn: true });
    expect((await ask(page, '/api/addresses?limit=50')).items).toEqual(before.items);
    await context.close();
    server.close();
  });
});
