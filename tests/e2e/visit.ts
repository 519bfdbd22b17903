import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Somebody's look at the shop, until the test is over. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the console of the page has said. */
  readonly said: readonly string[];
}

const USUAL = { viewport: { width: 1_280, height: 900 }, colorScheme: 'light', javaScriptEnabled: true } as const;

/** The windows that nobody has before them, by their options: each is of one context. */
const free = new Map<string, Page[]>();

/**
 * A window that knows nothing of who had it before but what may be cached: a renderer of its own, and scripts fetched and
 * compiled anew, would cost more than most of what is looked at. The files of a worker share its windows.
 */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const all = { ...USUAL, ...options };
  const key = JSON.stringify(all);
  const page = free.get(key)?.pop() ?? (await (await browser.newContext(all)).newPage());
  const context = page.context();
  const said: string[] = [];
  const onConsole = (message: { text(): string }) => said.push(message.text());
  const onError = (error: Error) => said.push(error.message);
  page.on('console', onConsole).on('pageerror', onError);
  onTestFinished(async () => {
    page.off('console', onConsole).off('pageerror', onError);
    await Promise.all(context.pages().map((other) => other !== page && other.close()));
    await context.clearCookies();
    if (page.isClosed()) return;
    // Its streams and timers end here, and so does what it has stored for its next look.
    if (all.javaScriptEnabled) await page.evaluate(() => sessionStorage.clear()).catch(() => undefined);
    await page.goto('about:blank');
    free.set(key, [...(free.get(key) ?? []), page]);
  });
  return { context, page, said };
}
