import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { browserMissing } from '#tests/browser.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { openBrowser } from './shop-in-browser.ts';

let mocks: MockServer;
/** Two hosts of different kinds over one store. */
let lean: Running;
let next: Running;
let folder: string;
let browser: Browser | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-levers-'));
  mocks = await startMockServer(0, { latency: 'none' });
  const env = { ...over(mocks), DATA_DIR: folder };
  lean = await runHost('lean', env);
  [next, browser] = await Promise.all([runHost('next', env), browserMissing ? undefined : openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([lean, next].map((one) => one && stop(one)));
  await mocks?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly cache: string | null;
  readonly rating: unknown;
  readonly meta: { complete: boolean; sections: Record<string, { state: string; reason: string }> };
}

async function product(host: Running, id: string, scenario?: string): Promise<Answer> {
  const headers = scenario === undefined ? {} : { 'x-scenario': scenario };
  const answer = await fetch(`${host.url}/api/products/${id}`, { headers });
  const { rating, meta } = (await answer.json()) as Pick<Answer, 'rating' | 'meta'>;
  return { status: answer.status, cache: answer.headers.get('cache-control'), rating, meta };
}

/** Asks until an answer is as it should be: another process follows within a moment. */
async function answers(
  host: Running,
  id: string | (() => string),
  holds: (answer: Answer) => boolean,
): Promise<Answer> {
  let answer = await product(host, typeof id === 'string' ? id : id());
  const isSo = async () => {
    answer = await product(host, typeof id === 'string' ? id : id());
    return holds(answer);
  };
  if (!holds(answer)) await expect.poll(isSo).toBe(true);
  return answer;
}
/** A product that no host has kept. */
let last = 1_000;
const unseen = () => `p-00${++last}`;
const isWhole = ({ meta }: Answer) => meta.complete;
const reason =
  (wanted: string, section = 'rating') =>
  ({ meta }: Answer) =>
    meta.sections[section]?.reason === wanted;

const SAID = { why: 'reviews melts', who: 'Ana', minutes: '5' };
async function send(host: Running, action: string, form: Record<string, string>): Promise<string> {
  const answer = await fetch(`${host.url}/inspector/levers/${action}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { origin: host.url },
    redirect: 'manual',
  });
  expect(answer.status).toBe(303);
  return answer.headers.get('location') ?? '';
}
const pull = (host: Running, form: Record<string, string>) => send(host, 'pull', { ...SAID, ...form });
/** Releases whatever the screen of levers offers to. */
async function releaseAll(host: Running): Promise<void> {
  const screen = await (await fetch(`${host.url}/inspector/levers`)).text();
  const ids = new Set([...screen.matchAll(/value="([\w-]{36})" name="id"/g)].map(([, id]) => id ?? ''));
  for (const id of ids) await send(host, 'release', { id });
}

describe('an override', () => {
  test.each(['lean', 'next'] as const)(
    'that is pulled on %s holds on both hosts, until it is released',
    async (kind) => {
      const [own, other] = kind === 'lean' ? [lean, next] : [next, lean];
      const id = kind === 'lean' ? 'p-000100' : 'p-000200';
      for (const host of [own, other]) await answers(host, id, isWhole);

      await pull(own, { kind: 'shed', aim: 'getProduct.rating', sure: 'getProduct.rating' });
      const shed = await product(own, id);
      expect([shed.status, shed.cache, shed.rating, shed.meta]).toEqual([
        200,
        'no-store',
        undefined,
        { complete: false, sections: { rating: { state: 'missing', reason: 'shed' } } },
      ]);
      await answers(other, id, reason('shed'));
      const page = await (await fetch(`${own.url}/products/${unseen()}`)).text();
      expect(page).toContain('Ratings can’t be shown right now.');
      expect(isWhole(await product(own, id, 'content=slow'))).toBe(true);
      await releaseAll(own);
      await answers(own, id, isWhole);
      await answers(other, id, isWhole);

      await pull(own, { kind: 'open', aim: 'reviews', sure: 'reviews' });
      expect((await product(own, unseen())).meta.sections.rating?.reason).toBe('open');
      await answers(other, unseen, reason('open'));
      await releaseAll(other);
      expect((await answers(other, unseen, isWhole)).rating).toBeDefined();
      await answers(own, unseen, isWhole);
    },
  );

  test('holds over a restart, is in the log as a warning, and says who pulled it', async () => {
    const env = { ...over(mocks), DATA_DIR: folder };
    const first = await runHost('lean', env);
    await pull(first, { kind: 'shed', aim: 'getProduct.stock', sure: 'getProduct.stock', why: 'a drill of restarts' });
    await stop(first);
    const line = first
      .output()
      .split('\n')
      .find((text) => text.includes('a drill of restarts'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 40,
      msg: 'lever',
      who: 'Ana (127.0.0.1)',
      lever: expect.stringMatching(/^Set getProduct: stock is left out, until \d\d:\d\d UTC$/),
    });
    const second = await runHost('lean', env);
    await answers(second, 'p-000300', reason('shed', 'stock'));
    await releaseAll(second);
    await stop(second);
  });

  test.each([
    ['the wrong word', { kind: 'open', aim: 'reviews', sure: 'review' }, 'confirm'],
    ['no word', { kind: 'open', aim: 'reviews' }, 'incomplete'],
    ['no reason', { kind: 'open', aim: 'reviews', sure: 'reviews', why: ' ' }, 'incomplete'],
    ['no name', { kind: 'open', aim: 'reviews', sure: 'reviews', who: '' }, 'incomplete'],
    ['no end', { kind: 'open', aim: 'reviews', sure: 'reviews', minutes: '' }, 'incomplete'],
    ['an end too far', { kind: 'open', aim: 'reviews', sure: 'reviews', minutes: '1441' }, 'incomplete'],
    ['no such upstream', { kind: 'open', aim: 'nobody', sure: 'nobody' }, 'unknown'],
    ['the subject', { kind: 'shed', aim: 'getProduct.product', sure: 'getProduct.product' }, 'unknown'],
    ['what is required', { kind: 'shed', aim: 'getProduct.price', sure: 'getProduct.price' }, 'unknown'],
    ['no age', { kind: 'stale', aim: 'reviews', sure: 'reviews' }, 'incomplete'],
    ['no kind', { kind: 'all', aim: 'reviews', sure: 'reviews' }, 'incomplete'],
  ])('is not pulled with %s', async (_, form, refused) => {
    expect(await pull(lean, form)).toMatch(new RegExp(`^/inspector/levers\\?.*refused=${refused}#pull$`));
    await answers(lean, 'p-000400', isWhole);
  });
});

describe.skipIf(browserMissing !== undefined)('the screen of overrides', () => {
  async function arrive(look: { javaScript?: boolean; dark?: boolean; phone?: boolean }) {
    const context = await (browser as Browser).newContext({
      viewport: look.phone ? { width: 360, height: 780 } : { width: 1_280, height: 900 },
      colorScheme: look.dark ? 'dark' : 'light',
      javaScriptEnabled: look.javaScript ?? true,
    });
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    return { page, said, leave: () => context.close() };
  }
  const bar = (page: Page) => page.getByRole('complementary', { name: 'Active overrides' });

  test('sets and ends without scripts, keeps what was typed where it was wrong, and reports it', async () => {
    const { page, leave } = await arrive({ javaScript: false });
    await page.goto(`${lean.url}/inspector/levers`);
    expect(await bar(page).count()).toBe(0);
    const form = page.locator('details', { hasText: 'Serve stale for longer' });
    await form.locator('summary').click();
    await form.getByLabel('Upstream').selectOption('pricing');
    await form.getByLabel('Minutes until it ends').fill('7');
    await form.getByLabel('Why').fill('pricing is being moved');
    await form.getByLabel('Your name').fill('Bo');
    await form.getByLabel(/^To confirm/).fill('prices');
    await form.getByRole('button').click();
    await page.getByRole('alert').filter({ hasText: 'what was typed to confirm' }).waitFor();
    expect(await form.getByLabel('Why').inputValue()).toBe('pricing is being moved');
    expect(await form.getByLabel('Upstream').inputValue()).toBe('pricing');
    await form.getByLabel(/^To confirm/).fill('pricing');
    await form.getByRole('button').click();
    await page.getByRole('status').filter({ hasText: 'It is set' }).waitFor();
    for (const path of ['', '/upstreams', '/config']) {
      await page.goto(`${lean.url}/inspector${path}`);
      expect(await bar(page).textContent()).toMatch(/pricing: old values.*\d min left.*Bo.*pricing is being moved/);
    }
    await bar(page)
      .getByRole('button', { name: /^Remove/ })
      .click();
    await page.getByRole('status').filter({ hasText: 'It is removed' }).waitFor();
    expect(await bar(page).count()).toBe(0);
    const [released, pulled] = await page.locator('section:has(> h2:text("What was done")) tbody tr').allTextContents();
    expect([released, pulled]).toEqual([
      expect.stringContaining('Removed pricing: old values stand in, up to 60 min beyond their time'),
      expect.stringMatching(/Set pricing.*Bo \(127\.0\.0\.1\).*pricing is being moved/),
    ]);
    await leave();
  });

  test('works by keyboard', async () => {
    const { page, leave } = await arrive({});
    await page.goto(`${lean.url}/inspector/levers`, { waitUntil: 'networkidle' });
    // The first row is the first kind of lever: a key opens it, and Tab goes on into its form.
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('reviews');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('by keyboard alone');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Cy');
    await page.keyboard.press('Tab');
    await page.keyboard.type('reviews');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'It is set' }).waitFor();
    expect(await bar(page).textContent()).toContain('reviews: its breaker is held open');
    await leave();

    await releaseAll(lean);
  });

  test('a purge is done by anyone who says why, and stands in the history', async () => {
    const { page, leave } = await arrive({ javaScript: false });
    await page.goto(`${lean.url}/inspector/cache`);
    await page.getByLabel('Why').fill('reviews were imported anew');
    await page.getByLabel('Your name').fill('Di');
    await page.getByLabel('Type what to purge').fill('upstream:reviews');
    await page.getByRole('button', { name: 'Purge' }).click();
    await page.getByText('upstream:reviews is purged').waitFor();
    await page.goto(`${lean.url}/inspector/levers`);
    expect(await page.getByRole('row', { name: /Purged upstream:reviews.*Di/ }).textContent()).toContain(
      'imported anew',
    );
    await leave();
  });
});
