import { mkdirSync, writeFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startMockServer } from '#mocks/server.ts';
import { browserMissing, launchBrowser } from '#tests/browser.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { fileOf, LOOKED_INTO, LOOKS, SCREENS, type Screen } from './screens.ts';

/** Milliseconds in which what comes late has come. */
const SETTLE = 800;

type Look = (typeof LOOKS)[number];

const USAGE = `npm run screenshots                a picture of every main screen in every look, into docs/screenshots
npm run screenshots -- home cart   some of them: ${SCREENS.map(({ name }) => name).join(', ')}
`;

async function main(): Promise<void> {
  const { positionals: wanted } = commandLine({ usage: USAGE, options: {}, words: SCREENS.length });
  if (browserMissing) throw new Error(`There is no browser to make pictures with: ${browserMissing}.`);
  const screens = SCREENS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (screens.length === 0) throw new Error(`No such screen. There are ${SCREENS.map(({ name }) => name).join(', ')}.`);
  mkdirSync('docs/screenshots', { recursive: true });
  const mocks = await startMockServer(0);
  const host = await runHost('lean', over(mocks));
  const browser = await launchBrowser();
  try {
    await fetch(`${host.url}/api/products/p-000099`, { headers: { 'x-request-id': LOOKED_INTO } });
    for (const look of LOOKS) await picture(browser, host.url, look, screens);
    writeFileSync('docs/screenshots/index.html', album(screens));
    say(`${screens.length * LOOKS.length} pictures. All of them: docs/screenshots/index.html`);
  } finally {
    await browser.close();
    await stop(host);
    await mocks.close();
  }
}

async function picture(browser: Browser, url: string, look: Look, screens: readonly Screen[]): Promise<void> {
  const { width, height, scale, colors } = look;
  const options = {
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: colors,
    reducedMotion: 'reduce',
  } as const;
  const stranger = await browser.newContext(options);
  const customer = await browser.newContext(options);
  const order = screens.some(({ signedIn }) => signedIn) ? await settleIn(customer, url) : '';
  for (const { name, path, signedIn, windowOnly } of screens) {
    const page = await (signedIn ? customer : stranger).newPage();
    await page.goto(url + path.replace('{order}', order), { waitUntil: 'load' });
    await quiet(page);
    await page.screenshot({ path: fileOf(name, look.name), fullPage: !windowOnly });
    await page.close();
    say(fileOf(name, look.name));
  }
  await stranger.close();
  await customer.close();
}

/** Signs in, fills the cart, asks the support something; gives the id of an order that is on its way. */
async function settleIn(context: BrowserContext, url: string): Promise<string> {
  const page = await context.newPage();
  await page.goto(`${url}/api/auth/login?return=/account`);
  await page.getByRole('link', { name: 'Ada' }).click();
  await page.waitForURL(`${url}/account`);
  for (const product of ['p-000042', 'p-000007']) {
    await page.goto(`${url}/products/${product}`);
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('It is in your cart.').waitFor();
  }
  const orders = (await (await context.request.get(`${url}/api/orders?limit=20`)).json()) as {
    items: { id: string; state: string }[];
  };
  await page.close();
  return (orders.items.find(({ state }) => state === 'shipped') ?? orders.items[0])?.id ?? '';
}

/** Until every picture is there, those further down too; a stream never ends, so that the network is never idle. */
async function quiet(page: Page): Promise<void> {
  await page.evaluate(`Promise.all([...document.images].map((image) => {
    image.loading = 'eager';
    return image.decode().catch(() => {});
  }))`);
  await page.waitForTimeout(SETTLE);
}

function album(screens: readonly Screen[]): string {
  const pictures = screens.map(({ name, title }) => {
    const figures = LOOKS.map(
      (look) => `<figure><img src="${name}.${look.name}.png" alt=""><figcaption>${look.name}</figcaption></figure>`,
    );
    return `<section><h2>${title}</h2><div>${figures.join('')}</div></section>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>Tributary, screen by screen</title>
<style>body{font:1rem/1.5 system-ui;margin:2rem}div{display:flex;gap:1rem;align-items:start;overflow:auto}figure{margin:0}img{height:32rem;border:1px solid #ccc}</style>
<h1>Tributary, screen by screen</h1>${pictures.join('\n')}\n`;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
