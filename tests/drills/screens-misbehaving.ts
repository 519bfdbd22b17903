import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { startMockServer } from '#mocks/server.ts';
import { ScenarioWord, UPSTREAMS, type UpstreamName } from '#schemas/upstream/scenario.ts';
import { browserMissing, launchBrowser } from '#tests/browser.ts';
import { overflow, violations } from '#tests/support/axe.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, runHost, stop } from '#tests/support/host.ts';

const COMMERCE = ['catalog', 'pricing', 'inventory'] as const;
/** Every screen, with the upstreams that it is made of. */
const SCREENS: Readonly<Record<string, readonly UpstreamName[]>> = {
  '/': [...COMMERCE, 'reviews', 'recommendations', 'content'],
  '/search?q=lamp': [...COMMERCE, 'reviews'],
  '/products/p-000042': [...COMMERCE, 'reviews', 'recommendations'],
  '/cart': [...COMMERCE, 'cart'],
  '/checkout': [...COMMERCE, 'cart', 'customers', 'shipping'],
  '/account': ['customers', 'orders', 'recommendations'],
  '/account/addresses': ['customers'],
  '/account/sessions': ['cart'],
  '/orders': ['orders'],
  '/orders/o-100005': ['orders', 'shipping', 'payments'],
  '/support': ['support'],
};
const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1_280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 780 } },
] as const;
/** Windows of each look at a time: most of a screen's time is waiting for who is slow. */
const WINDOWS = 3;
/** Milliseconds until a screen has to stand: its reads have deadlines of at most 3 s. */
const PATIENCE = 10_000;
const LEAST_WORDS = 40;

interface Look {
  readonly screen: string;
  readonly upstream: UpstreamName;
  readonly word: ScenarioWord;
}

/** Each screen under each word for each upstream; in short under every third word, each for one of its own in turn. */
function looksOf(size: 'short' | 'full'): Look[] {
  return Object.entries(SCREENS).flatMap(([screen, own], at) =>
    ScenarioWord.options.flatMap((word, turn) => {
      if (size === 'full') return UPSTREAMS.map((upstream) => ({ screen, upstream, word }));
      return (turn + at) % 3 === 0 ? [{ screen, upstream: own[turn % own.length] as UpstreamName, word }] : [];
    }),
  );
}

/** What is wrong with a screen, if anything is. */
async function faultsOf(page: Page, url: string): Promise<string[]> {
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
    .waitFor({ state: 'detached', timeout: PATIENCE })
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

async function shopper(browser: Browser, url: string, look: (typeof LOOKS)[number]): Promise<Page> {
  const page = await (await browser.newContext({ ...look, reducedMotion: 'reduce' })).newPage();
  await page.goto(`${url}/products/p-000042`);
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('It is in your cart.').waitFor();
  await page.goto(`${url}/api/auth/login?return=/account`);
  await page.getByRole('link', { name: 'Ada' }).click();
  await page.waitForURL(`${url}/account*`);
  return page;
}

/** Every screen while its upstreams misbehave in every way, as somebody sees it who is signed in. */
export const drill: Drill = {
  name: 'screens: every misbehaviour of every upstream, in a browser',
  proves: 'no screen is blank, still waiting, wider than its window, loud in the console or wrong to axe',
  async run(size, tell) {
    if (browserMissing) throw new Error(browserMissing);
    const mocks = await startMockServer(0, { latency: 'none' });
    const [host, browser] = await Promise.all([runHost('lean', over(mocks)), launchBrowser()]);
    const looks = looksOf(size);
    const faults: string[] = [];
    let seen = 0;
    try {
      const pages = await Promise.all(
        Array.from({ length: WINDOWS }, () => LOOKS.map((look) => shopper(browser, host.url, look))).flat(),
      );
      const waiting = looks.entries();
      const walk = async (page: Page): Promise<void> => {
        for (const [, { screen, upstream, word }] of waiting) {
          const scenario = `${upstream}=${word}`;
          const url = `${host.url}${screen}${screen.includes('?') ? '&' : '?'}scenario=${scenario}`;
          for (const fault of await faultsOf(page, url)) faults.push(`${screen} under ${scenario}: ${fault}`);
          if (++seen % 50 === 0) tell(`${seen} of ${looks.length} looks, ${faults.length} faults`);
        }
      };
      await Promise.all(pages.map(walk));
      assert.deepEqual(faults, []);
      return `${looks.length} looks at ${Object.keys(SCREENS).length} screens, 0 faults`;
    } finally {
      await browser.close();
      await stop(host);
      await mocks.close();
    }
  },
};
