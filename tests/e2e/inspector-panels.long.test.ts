import { hash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { browserMissing } from '#tests/browser.ts';
import { violations } from '#tests/support/axe.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { signWebhook } from '#tests/support/sign-webhook.ts';
import { openBrowser } from './shop-in-browser.ts';

/** None of those that a host asks itself for as it starts. */
const PRODUCT = '/api/products/p-000142';
const PANELS = [
  'endpoints',
  'endpoints/getProduct',
  'endpoints/getHomeV1/try?_sent=1&_client=ios/2.0.0',
  'upstreams',
  'cache',
  'contracts',
  'inbox',
  'streams',
  'levers',
  'config',
  'scenario',
];

/** Every upstream live, and nobody there. */
const LIVE = {
  PUBLIC_URL: 'https://shop.example',
  ...Object.fromEntries(UPSTREAMS.map((name) => [`${name.toUpperCase()}_URL`, 'http://127.0.0.1:9/'])),
  SHIPPING_KEY: 'k',
  STRIPE_SECRET_KEY: 'k',
  STATE_KEYS: hash('sha256', 'a key of this test', 'base64url'),
  IDENTITY_URL: 'https://login.example',
  IDENTITY_CLIENT_ID: 'a',
  IDENTITY_CLIENT_SECRET: 'b',
};

const ACTIONS = ['cache/purge', 'levers/pull', 'levers/release', 'inbox/replay', 'scenario/set'];

let mocks: MockServer;
let host: Running;
/** In production: another machine than a developer’s, and nothing is mocked. */
let production: Running;
let browser: Browser;

beforeEach((context) => context.skip(browserMissing !== undefined, browserMissing));
beforeAll(async () => {
  if (browserMissing) return;
  mocks = await startMockServer(0, { latency: 'none' });
  [host, production, browser] = await Promise.all([runHost('lean', over(mocks)), runHost('lean', LIVE), openBrowser()]);
  for (const scenario of ['', 'pricing=drifted', 'reviews=down']) await ask(PRODUCT, scenario);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([host, production].map((one) => one && stop(one)));
  await mocks?.close();
});

/** Asks once; resolves with the answer’s cache state. */
async function ask(path: string, scenario = ''): Promise<string> {
  const answer = await fetch(host.url + path, { headers: scenario === '' ? {} : { 'x-scenario': scenario } });
  await answer.text();
  return answer.headers.get('cache-status') ?? '';
}

interface Look {
  readonly phone?: boolean;
  readonly dark?: boolean;
  readonly javaScript?: boolean;
}

/** A browser; whatever its console says is in `said`. */
async function arrive({ phone, dark, javaScript = true }: Look = {}) {
  const context = await browser.newContext({
    viewport: phone ? { width: 360, height: 780 } : { width: 1_280, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
  });
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  const go = (path: string) => page.goto(host.url + path, { waitUntil: 'load' });
  return { page, said, go, leave: () => context.close() };
}

const banner = (page: Page) => page.locator('.scenario-banner');

describe('the panels', () => {
  test('show what was slow, broken and kept, each in its lane', async () => {
    const { page, go, leave } = await arrive({ javaScript: false });
    await go('/inspector/upstreams?lane=reviews%3Ddown');
    const [worst] = await page.locator('tbody tr').allTextContents();
    expect(worst).toMatch(/^reviews.*(Failing|Open)/);
    await page.getByRole('link', { name: 'reviews', exact: true }).click();
    await page.getByRole('heading', { name: 'Whom it hurts' }).waitFor();
    expect(await page.getByRole('row', { name: /getProduct rating missing/ }).count()).toBe(1);
    await go('/inspector/contracts');
    expect(await page.locator('.drift').count()).toBe(1);
    expect(await page.locator('.drift').textContent()).toMatch(
      /pricing=drifted.*amountMinor: expected number, got string, (once|twice|\d+ times), since \d\d:\d\d UTC.*getProduct/s,
    );
    await leave();
  });

  test('a tag that is purged makes the next read ask its upstream, and everything all of them', async () => {
    const { page, go, leave } = await arrive({ javaScript: false });
    // Products that nobody has asked for: all of them is fresh, and stays so for seconds.
    for (const [id, other, what, untouched] of [
      ['p-000311', 'p-000522', 'product:p-000311', 'hit'],
      ['p-000733', 'p-000944', 'everything', 'fwd=miss'],
    ] as const) {
      const [read, beside] = [`/api/products/${id}`, `/api/products/${other}`];
      await ask(read);
      await ask(beside);
      expect([await ask(read), await ask(beside)]).toEqual(['tributary; hit', 'tributary; hit']);
      await go(`/inspector/cache?q=${id}`);
      if (what !== 'everything') await page.getByRole('link', { name: `Purge ${what}`, exact: true }).click();
      await page.getByLabel('Why').fill('a drill');
      await page.getByLabel('Your name').fill('Ana');
      await page.getByLabel(/^(To confirm, type|Type what to purge)/).fill(what);
      await page.getByRole('button', { name: /^Purge/ }).click();
      await page.getByText(`${what} is purged`).waitFor();
      expect(await ask(read)).toContain('fwd=miss');
      expect(await ask(beside)).toContain(untouched);
    }
    await leave();
  });

  test('what is parked is tried anew with one click', async () => {
    const event = JSON.stringify({ type: 'catalog.product.updated', object: { nothing: 'right' } });
    const headers = { 'content-type': 'application/json', ...(await signWebhook('upstream', event, { id: 'e-1' })) };
    await fetch(`${host.url}/api/webhooks/upstream`, { method: 'POST', headers, body: event });
    const { page, go, leave } = await arrive({ javaScript: false });
    await go('/inspector/inbox');
    expect(await page.getByRole('row', { name: /catalog\.product\.updated upstream\/e-1/ }).count()).toBe(1);
    await page.getByRole('button', { name: 'Replay e-1' }).click();
    await page.getByText('It is tried anew').waitFor();
    await leave();
  });

  test('who listens and watches is counted, and no one is named', async () => {
    const gone = new AbortController();
    const watch = `/api/events?topics=catalog&watch=${encodeURIComponent(PRODUCT)}`;
    const stream = await fetch(host.url + watch, { headers: { accept: 'text/event-stream' }, signal: gone.signal });
    await stream.body?.getReader().read();
    const { page, go, leave } = await arrive({ javaScript: false });
    await go('/inspector/streams');
    expect(await page.getByRole('row', { name: /^catalog 1 1/ }).count()).toBe(1);
    expect(await page.getByRole('row', { name: /^getProduct everyday traffic 1 1/ }).count()).toBe(1);
    gone.abort();
    await leave();
  });

  test('what is tried is sent as its sender, and leads to its trace', async () => {
    const { page, go, leave } = await arrive({ javaScript: false });
    await go('/inspector/endpoints/getProduct');
    await page.getByLabel('id in the path').fill('p-000007');
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.waitForURL(/\/try\?.*id=p-000007/);
    await go('/inspector/endpoints/getProduct');
    expect(await page.locator('.panel-list li').first().textContent()).toContain('/api/products/p-000007');
    await leave();
  });
});

describe('a scenario', () => {
  test.each([true, false])('goes on with one click and off with another, with scripts %o', async (javaScript) => {
    const { page, said, go, leave } = await arrive({ javaScript });
    await go('/inspector/upstreams?live=off');
    if (javaScript) {
      await page.waitForLoadState('networkidle');
      await page.keyboard.press('s');
    } else await page.getByRole('button', { name: /^Scenario/ }).click();
    const picker = page.getByRole('dialog', { name: 'Scenario' });
    if (javaScript) expect(await violations(page)).toEqual([]);
    await picker.getByRole('group', { name: 'inventory' }).getByRole('button', { name: 'down' }).click();
    await page.waitForURL(`${host.url}/inspector/upstreams?live=off`);
    expect(await banner(page).textContent()).toContain('inventory=down');

    await go('/products/p-000042');
    expect(await banner(page).textContent()).toContain('inventory=down');
    await page.getByText('Stock can’t be shown right now.').waitFor();
    await go('/inspector/upstreams?live=off');
    const [worst] = await page.locator('tbody tr').allTextContents();
    expect(worst).toMatch(/^inventory.*(Failing|Open)/);

    await go('/products/p-000042');
    await page.getByRole('button', { name: 'Turn it off' }).click();
    await page.waitForURL(({ pathname }) => pathname === '/products/p-000042');
    await page
      .getByText(/In stock|Only a few left|Out of stock/)
      .first()
      .waitFor();
    expect(await banner(page).count()).toBe(0);
    expect(said).toEqual([]);
    await leave();
  });

  test('that stands in an address is turned off by leaving it out', async () => {
    const { page, go, leave } = await arrive({ javaScript: false });
    await go('/products/p-000042?scenario=reviews%3Ddown&currency=EUR');
    await banner(page).getByRole('link', { name: 'Turn it off' }).click();
    await page.waitForURL(({ searchParams }) => !searchParams.has('scenario'));
    expect(new URL(page.url()).searchParams.get('currency')).toBe('EUR');
    expect(await banner(page).count()).toBe(0);
    await leave();
  });
});

describe('an action', () => {
  const send = (path: string, headers: Record<string, string>, body = 'tag=categories&set=reviews%3Ddown') =>
    fetch(`${host.url}/inspector/${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      redirect: 'manual',
    });

  test.each(ACTIONS)('%s is taken from a page of ours and from no other', async (path) => {
    const foreign = [
      {},
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: host.url },
      { 'sec-fetch-site': 'same-origin', origin: 'null' },
    ] as Record<string, string>[];
    for (const headers of foreign) expect((await send(path, headers)).status).toBe(403);
    const own = await send(path, { 'sec-fetch-site': 'same-origin', origin: host.url });
    expect([own.status, own.headers.get('location')?.startsWith('/inspector')]).toEqual([303, true]);
    expect((await fetch(`${host.url}/inspector/${path}`)).status).toBe(405);
  });

  test('leads nowhere but to a page of ours, and sets nothing that is no scenario', async () => {
    const own = { 'sec-fetch-site': 'same-origin' };
    for (const away of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const answer = await send('scenario/set', own, `set=reviews%3Ddown&return=${encodeURIComponent(away)}`);
      expect(answer.headers.get('location')).toBe('/inspector');
    }
    const refused = await send('scenario/set', own, 'set=reviews%3Dloud%0d%0ax');
    expect(refused.headers.get('set-cookie')).toBeNull();
    const kept = await send('scenario/set', own, 'set=reviews%3Ddown');
    expect(kept.headers.get('set-cookie')).toMatch(
      /^scenario=reviews%3Ddown; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
  });
});

describe('in production', () => {
  test('no one finds the panels or their actions', async () => {
    for (const panel of PANELS) {
      expect([panel, (await fetch(`${production.url}/inspector/${panel}`)).status]).toEqual([panel, 404]);
    }
    for (const action of ACTIONS) {
      const init = { method: 'POST', headers: { origin: 'https://shop.example' }, body: 'tag=x' };
      expect([action, (await fetch(`${production.url}/inspector/${action}`, init)).status]).toEqual([action, 404]);
    }
  });

  test('a scenario that a client brings along is not played, nor read but of the header, which only scripts of ours send', async () => {
    const told = async (query: string, headers: Record<string, string>) =>
      (await fetch(`${production.url}/problems${query}`, { headers })).text();
    for (const name of ['scenario', '__Host-scenario']) {
      expect(await told('', { cookie: `${name}=reviews%3Ddown` })).not.toContain('class="scenario-banner"');
    }
    expect(await told('?scenario=reviews%3Ddown', {})).not.toContain('class="scenario-banner"');
    const page = await told('', { 'x-scenario': 'reviews=down' });
    expect(page).toContain('reviews is live here');
    expect(page).not.toContain('/inspector');
  });
});
