import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { startMockServer } from '#mocks/server.ts';
import { ScenarioWord, UPSTREAMS, type UpstreamName } from '#schemas/upstream/scenario.ts';
import { browserMissing, launchBrowser } from '#tests/browser.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { faultsOf, LOOKS, shopper } from '#tests/support/looks.ts';

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
/** Windows of each look at a time: most of a screen's time is waiting for who is slow. */
const WINDOWS = { short: 1, full: 3 };
interface Played {
  readonly screen: string;
  readonly upstream: UpstreamName;
  readonly word: ScenarioWord;
}

/** Each screen under each word for each upstream; in short under one word each, for one of its own, in turn. */
function looksOf(size: 'short' | 'full'): Played[] {
  return Object.entries(SCREENS).flatMap(([screen, own], at) =>
    ScenarioWord.options.flatMap((word, turn) => {
      if (size === 'full') return UPSTREAMS.map((upstream) => ({ screen, upstream, word }));
      return turn === at % ScenarioWord.options.length
        ? [{ screen, upstream: own[turn % own.length] as UpstreamName, word }]
        : [];
    }),
  );
}

/** Every screen while its upstreams misbehave in every way, as somebody sees it who is signed in. */
export const drill: Drill = {
  name: 'screens: every misbehaviour of every upstream, in a browser',
  proves: 'no screen is blank, still waiting, wider than its window, loud in the console or wrong to axe',
  async run(size, tell) {
    if (browserMissing) throw new Error(browserMissing);
    const mocks = await startMockServer(0, { latency: 'none' });
    const [host, browser] = await Promise.all([
      runHost('lean', { ...over(mocks), DEADLINE_SCALE: '1' }),
      launchBrowser(),
    ]);
    const looks = looksOf(size);
    const faults: string[] = [];
    let seen = 0;
    try {
      const pages = await Promise.all(
        Array.from({ length: WINDOWS[size] }, () => LOOKS.map((look) => shopper(browser, host.url, look))).flat(),
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
