import type { Browser, Page } from 'playwright-core';
import { overflow, violations } from './axe.ts';
import { PATIENCE } from './patience.ts';

/** How every screen is looked at. */
export const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1_280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 780 } },
] as const;
export type Look = (typeof LOOKS)[number];

const LEAST_WORDS = 40;

/** Somebody with something in the cart, who has signed in. */
export async function shopper(browser: Browser, url: string, look: Look): Promise<Page> {
  const context = await browser.newContext({ ...look, reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await page.goto(`${url}/products/p-000042`);
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('It is in your cart.').waitFor();
  await page.goto(`${url}/api/auth/login?return=/account`);
  await page.getByRole('link', { name: 'Ada' }).click();
  await page.waitForURL(`${url}/account*`);
  return page;
}

/** What is wrong with a screen, if anything is. */
export async function faultsOf(page: Page, url: string): Promise<string[]> {
  const said: string[] = [];
  const hear = (text: string) => said.push(text);
  const onConsole = (message: { text(): string }) => hear(`console: ${message.text()}`);
  const onError = (error: Error) => hear(`thrown: ${error.message}`);
  page.on('console', onConsole);
  page.on('pageerror', onError);
  const response = await page.goto(url);
  const status = response?.status() ?? 0;
  const late = await page
    .locator('.waiting')
    .last()
    .waitFor({ state: 'detached' })
    .then(
      () => [],
      () => ['it is still waiting'],
    );
  const [headings, text] = (await page.evaluate(
    '[document.querySelectorAll("h1").length, document.querySelector("main")?.innerText ?? ""]',
  )) as [number, string];
  const [rules, wide] = [await violations(page), await overflow(page)];
  page.off('console', onConsole);
  page.off('pageerror', onError);
  return [
    ...(status === 200 || status === 404 ? [] : [`its status is ${status}`]),
    ...late,
    ...(headings === 1 ? [] : [`it has ${headings} main headings`]),
    ...(text.length >= LEAST_WORDS ? [] : [`it is blank: ${JSON.stringify(text)}`]),
    ...(wide > 0 ? [`it is ${wide} px wider than its window`] : []),
    ...rules,
    // Chromium itself remarks on a document's 404.
    ...said.filter((line) => !(status === 404 && line.includes('404'))),
  ];
}
