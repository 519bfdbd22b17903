import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { startMockServer } from '#mocks/server.ts';
import { browserMissing, launchBrowser } from '#tests/browser.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { faultsOf, LOOKS, shopper } from '#tests/support/looks.ts';

const PRODUCT = '/api/products/p-000042';

/** Every screen, as somebody sees it who is signed in; those of people on call at the end. */
const SCREENS = [
  '/',
  '/search?q=lamp',
  '/search?q=zzzzzz',
  '/search?category=lamps&sort=title',
  '/products/p-000042',
  '/products/p-999999',
  '/problems',
  '/problems/upgrade-required',
  '/deprecations',
  '/cart',
  '/cart?scenario=pricing=down,catalog=down,inventory=drifted',
  '/cart?scenario=cart=down',
  '/cart?scenario=cart=empty',
  '/checkout',
  '/checkout?scenario=shipping=down',
  '/checkout?scenario=pricing=empty',
  '/checkout?scenario=shipping=empty,inventory=down',
  '/checkout?scenario=cart=empty',
  '/checkout?scenario=customers=empty',
  '/account',
  '/account?scenario=orders=down,recommendations=down',
  '/account?scenario=customers=down',
  '/account/addresses',
  '/account/addresses?scenario=customers=empty',
  '/account/addresses/new',
  '/account/addresses/a-100001',
  '/account/sessions',
  '/orders',
  '/orders?scenario=orders=empty',
  '/orders?cursor=!',
  '/orders/o-100005',
  '/orders/o-100005?scenario=shipping=down',
  '/sign-in',
  '/sign-in?out=1',
  '/inspector?live=off',
  '/inspector/requests/partial',
  '/inspector/requests/partial?tab=headers',
  '/inspector/requests/partial?tab=logs',
  '/inspector/requests/partial?tab=curl',
  '/inspector/requests/partial?tab=compare',
  '/inspector/requests/drifted?tab=payload',
  '/inspector/requests/hit',
  '/inspector/compare?a=whole&b=partial',
  '/inspector/endpoints?live=off',
  '/inspector/endpoints/getProduct?live=off',
  '/inspector/endpoints/getHomeV1/try?_sent=1&_client=ios/2.0.0&live=off',
  '/inspector/upstreams?live=off',
  '/inspector/cache?tag=products&live=off',
  '/inspector/contracts?live=off',
  '/inspector/purges?live=off',
  '/inspector/inbox?live=off',
  '/inspector/streams?live=off',
  '/inspector/levers?kind=stale&live=off',
  '/inspector/config?live=off',
  '/inspector/scenario?live=off',
] as const;

/** Makes what the inspector is to show: requests of every kind, and a lever that is pulled. */
async function prepare(url: string): Promise<void> {
  const ask = async (id: string, scenario?: string) => {
    const headers = { 'x-request-id': id, ...(scenario !== undefined && { 'x-scenario': scenario }) };
    await (await fetch(url + PRODUCT, { headers })).text();
  };
  await ask('partial', 'reviews=down');
  await ask('drifted', 'pricing=drifted');
  await ask('whole');
  await ask('hit');
  const lever = {
    kind: 'shed',
    aim: 'getProduct.stock',
    sure: 'getProduct.stock',
    why: 'a drill',
    who: 'Ana',
    minutes: '60',
  };
  const init = { method: 'POST', body: new URLSearchParams(lever), headers: { origin: url } };
  await fetch(`${url}/inspector/levers/pull`, { ...init, redirect: 'manual' });
}

/** Every screen in every look; in short each in one of them, in turn. */
export const drill: Drill = {
  name: 'screens: every screen in every look',
  proves: 'axe finds nothing, nothing is too wide, every screen has one main heading, and consoles are silent',
  async run(size, tell) {
    if (browserMissing) throw new Error(browserMissing);
    const mocks = await startMockServer(0, { latency: 'none' });
    const [host, browser] = await Promise.all([runHost('lean', over(mocks)), launchBrowser()]);
    const faults: string[] = [];
    let seen = 0;
    try {
      await prepare(host.url);
      const look = async (page: Page, turn: number): Promise<void> => {
        for (const [index, screen] of SCREENS.entries()) {
          if (size === 'short' && index % LOOKS.length !== turn) continue;
          for (const fault of await faultsOf(page, host.url + screen)) faults.push(`${screen}, ${turn}: ${fault}`);
          if (++seen % 20 === 0) tell(`${seen} looks, ${faults.length} faults`);
        }
      };
      const pages = await Promise.all(LOOKS.map((one) => shopper(browser, host.url, one)));
      await Promise.all(pages.map(look));
      assert.deepEqual(faults, []);
      return `${seen} looks at ${SCREENS.length} screens, 0 faults`;
    } finally {
      await browser.close();
      await stop(host);
      await mocks.close();
    }
  },
};
