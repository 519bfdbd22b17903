import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { MAX_ENTRIES, PURGES } from '#kernel/cache/purge-entry.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { launchBrowser } from '#tests/browser.ts';
import { type Cluster, startCluster } from '#tests/cluster/cluster.ts';
import type { Drill } from '#tests/support/drill.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { settingsFor } from '#tests/support/postgres.ts';
import { pause } from '#tests/support/until.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';
import { fetchReceipt } from '../../scripts/trace/receipt.ts';

const SIZES = { short: { rounds: 1 }, full: { rounds: 3 } } as const;
const PRODUCT = 'p-000123';
const RATING = '.facts .stars';

/** A window that looks at a product, and what went wrong in it. */
interface Window {
  readonly page: Page;
  readonly failed: string[];
}

/** docs/live.md's walk in two windows, over three instances of which one after the other is killed. */
export const drill: Drill = {
  name: 'cluster: instances killed',
  proves:
    'two windows follow what a third customer does, with no failed request, while one instance after the other dies; every purge has its receipt',
  async run(size, tell) {
    const cluster = await startCluster({ tell });
    const browser = await launchBrowser();
    const tally = { reads: 0, writes: 0, killed: 0, again: 0 };
    try {
      const windows = await Promise.all([1, 2].map(() => look(cluster.url)));
      const ada = visitor();
      await signIn(ada, cluster.url, 'ada');
      let over = false;
      const failed: string[] = [];
      const kills: Kill[] = [];
      const asking = Promise.all([
        readOn(cluster.url, () => over, tally, failed),
        writeOn(cluster.url, () => over, tally, { kills, failed }),
      ]);

      const signals = Array.from({ length: SIZES[size].rounds }, () => ['SIGTERM', 'SIGKILL'] as const).flat();
      for (const [turn, signal] of signals.entries()) {
        const kill: Kill = { sent: performance.now(), gone: Number.POSITIVE_INFINITY };
        if (signal === 'SIGKILL') kills.push(kill);
        const old = cluster.instances[turn % cluster.instances.length];
        void old?.ended.then(() => {
          kill.gone = performance.now();
        });
        const replaced = cluster.replace(turn % cluster.instances.length, signal);
        const shown = await Promise.all(windows.map(({ page }) => page.locator(RATING).textContent()));
        const reviews = `${cluster.url}/api/products/${PRODUCT}/reviews`;
        await post(ada, reviews, reviewOf(`${signal} ${turn}`), { kills, failed, tally });
        await Promise.all(windows.map(({ page }, at) => changes(page, shown[at] ?? '')));
        await replaced;
        tally.killed++;
        tell(
          `${tally.killed} instances replaced, ${tally.reads} reads, ${tally.writes} messages, ${turn + 1} reviews seen in both windows`,
        );
      }
      over = true;
      await asking;
      assert.deepEqual([...failed, ...windows.flatMap((one) => one.failed)], []);
      const receipts = await receiptsOf(cluster);
      // A review purges what is said of its product.
      assert.ok(receipts >= signals.length, `${receipts} receipts of ${signals.length} reviews`);
      return `${receipts} purges, each with a receipt; ${tally.killed} instances ended by SIGTERM and SIGKILL: ${tally.reads} reads and ${tally.writes} writes, 0 failed, ${tally.again} of them sent again since their instance was killed with them; each change in both windows`;
    } finally {
      await browser.close();
      await cluster.stop();
    }

    async function look(url: string): Promise<Window> {
      const page = await (await browser.newContext()).newPage();
      const failures: string[] = [];
      page.on('response', (answer) => answer.status() >= 500 && failures.push(`${answer.status()} ${answer.url()}`));
      page.on('pageerror', (error) => failures.push(error.message));
      // A stream ends with its instance, and goes on at another one.
      page.on('requestfailed', (asked) => {
        if (asked.resourceType() !== 'eventsource') failures.push(`${asked.failure()?.errorText} ${asked.url()}`);
      });
      await page.goto(`${url}/products/${PRODUCT}`);
      return { page, failed: failures };
    }
  },
};

/** Asks for the receipt of every purge, until the log and an instance have had each; resolves with how many there are. */
async function receiptsOf({ url, stateUrl, operatorToken }: Cluster): Promise<number> {
  const state = openPostgresState(settingsFor(stateUrl));
  try {
    const purges = await state.read(PURGES, 0, MAX_ENTRIES);
    for (const { id } of purges) {
      const end = performance.now() + PATIENCE;
      for (;;) {
        const { logged, instances } = await fetchReceipt(url, `purge:${id}`, operatorToken);
        // One that is killed has not said what it had in its last half second; one that begins has what came before it.
        if (logged !== null && instances.length > 0) break;
        assert.ok(performance.now() < end, `purge:${id} was seen by ${instances.length} instances`);
        await pause(50);
      }
    }
    return purges.length;
  } finally {
    await state.close();
  }
}

/** From the signal on until the process is gone, which takes a moment on a busy machine, it takes requests with it. */
interface Kill {
  readonly sent: number;
  gone: number;
}

/** Reads one thing after the other, some public, some personal to nobody, until it is over. */
async function readOn(url: string, isOver: () => boolean, tally: { reads: number }, failed: string[]): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    const path = ['/api/home', `/api/products/p-${String(turn % 10_000).padStart(6, '0')}`, '/api/visitor'][turn % 3];
    const status = await fetch(url + path).then(
      async (answer) => {
        await answer.text();
        return answer.status;
      },
      (error: Error) => error.message,
    );
    tally.reads++;
    if (status !== 200) failed.push(`${status} ${path}`);
    await pause(25);
  }
}

/** One message after the other, each under a key. Nothing may fail but what an instance that was killed took along. */
async function writeOn(
  url: string,
  isOver: () => boolean,
  tally: { writes: number; again: number },
  { kills, failed }: { readonly kills: readonly Kill[]; readonly failed: string[] },
): Promise<void> {
  const who = visitor();
  await signIn(who, url, 'bo');
  while (!isOver()) {
    const text = randomUUID();
    await post(who, `${url}/api/support/messages`, { text }, { kills, failed, tally });
    tally.writes++;
    await pause(25);
  }
}

/** Sends a write under a key, and again under it while an instance that was killed took it along. */
async function post(
  who: ReturnType<typeof visitor>,
  url: string,
  json: object,
  { kills, failed, tally }: { readonly kills: readonly Kill[]; readonly failed: string[]; readonly tally: Again },
): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() };
  const end = performance.now() + PATIENCE;
  for (let tries = 1; ; tries++) {
    const began = performance.now();
    const status = await who.send('POST', url, { json, headers }).then(
      (answer) => answer.status,
      (error: Error) => error.message,
    );
    if (status === 201) return;
    const died = kills.some(({ sent, gone }) => began < gone && sent < performance.now());
    // The key is held for the attempt that has died with its instance, until its time is over.
    const isHeld = tries > 1 && status === 409;
    if (!(died || isHeld) || performance.now() > end) {
      failed.push(`${status} POST ${url}, try ${tries}`);
      return;
    }
    if (died) tally.again++;
    await pause(500);
  }
}

interface Again {
  again: number;
}

const reviewOf = (title: string) => ({
  rating: 1 + Math.floor(Math.random() * 5),
  title,
  text: 'It changed while I looked.',
});

async function changes(page: Page, before: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while ((await page.locator(RATING).textContent()) === before) {
    assert.ok(performance.now() < end, 'it changes in the window');
    await pause(50);
  }
}
