import { parseDictionary } from 'structured-headers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { ScenarioWord, type UpstreamName } from '#schemas/upstream/scenario.ts';
import { LONG } from '#tests/support/long.ts';
import { mobileCardOf, seeded } from './seed.ts';
import { isPartOf, openShop, problemOf, type Shop, type Told } from './shop.ts';

/** All that these reads are made of. */
const ASKED: readonly UpstreamName[] = ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations', 'content'];
const READS: Readonly<Record<string, { target: string; calls: readonly UpstreamName[] }>> = {
  home: { target: '/api/home', calls: ['content', 'catalog', 'pricing', 'reviews'] },
  search: { target: '/api/products?q=lamp&limit=6', calls: ['catalog', 'pricing', 'reviews'] },
  product: {
    target: '/api/products/p-000042',
    calls: ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations'],
  },
  reviews: { target: '/api/products/p-000005/reviews?limit=4', calls: ['reviews'] },
  categories: { target: '/api/categories', calls: ['catalog'] },
  'mobile home': { target: '/api/mobile/home', calls: ASKED },
};
/** Under these an upstream gives nothing that can be used; `empty` is an answer, and `flaky` may mend itself. */
const FAILING: readonly string[] = ['slow', 'down', 'hang', 'drifted', 'huge'];
const LATE: readonly string[] = ['slow', 'hang'];
const HURRIED = 400;

let shop: Shop;
const whole: Record<string, Told> = {};
/** What stands in where the editors' layout can't be had, in the words of each. */
const standIns: Record<string, unknown> = {};
/** What the ledger holds where all are well: keys that an upstream has and nobody reads. */
let ledger: string[];

beforeAll(async () => {
  shop = await openShop();
  for (const [name, { target }] of Object.entries(READS)) whole[name] = await shop.ask(target);
  const { body } = await shop.ask('/api/products?sort=newest&limit=12');
  const items = (body.items as { id: string }[]).map(({ id }) => mobileCardOf(seeded(id), shop.origin));
  standIns.home = { blocks: [{ kind: 'rail', title: 'New arrivals', products: body.items }] };
  standIns['mobile home'] = { ...whole['mobile home']?.body, rails: [{ title: 'New arrivals', items }] };
  ledger = [...shop.lane().ledger.keys()].toSorted();
  shop.restart();
});
afterAll(() => shop.close());

function checkStatus({ meta, headers }: Told): void {
  expect(headers['section-status'] ?? '').toBe(
    Object.entries(meta?.sections ?? {})
      .map(([path, { state, reason }]) => `${path}=${state};reason=${reason}`)
      .join(', '),
  );
  const told = [...parseDictionary(headers['section-status'] ?? '')].map(([path, [state, { size }]]) => {
    expect(size).toBe(1);
    return [path, String(state)];
  });
  expect(Object.entries(meta?.sections ?? {}).map(([path, { state }]) => [path, state])).toEqual(told);
  expect(meta?.complete).toBe(Object.keys(meta?.sections ?? {}).length === 0);
}

function checkProblem(answer: Told): void {
  const { code, detail, type, contentType } = problemOf(answer);
  expect([404, 502, 503, 504]).toContain(answer.status);
  expect(contentType).toBe('application/problem+json');
  expect(type).toBe(`http://localhost:3000/problems/${code}`);
  expect(detail).toMatch(/^(The section "[\w.]+"|There is nothing)/);
  expect(answer.body).toMatchObject({ status: answer.status, title: expect.any(String), instance: expect.any(String) });
}

function check(name: string, upstream: UpstreamName, word: string, answer: Told): void {
  const calls = READS[name]?.calls ?? [];
  expect(answer.headers['cache-control']).toBe('no-store');
  if (answer.status !== 200) {
    expect(calls).toContain(upstream);
    checkProblem(answer);
    return;
  }
  checkStatus(answer);
  const failed = calls.includes(upstream) && FAILING.includes(word);
  if (failed) expect(answer.meta?.complete).toBe(false);
  if (!calls.includes(upstream)) expect(answer.text).toBe(whole[name]?.text);
  if (word === 'empty') return;
  // In a hurry, a part may be missing by chance: what an answer says of itself tells what may stand in.
  const stoodIn = answer.meta?.sections.layout !== undefined;
  if (upstream === 'content' && failed && name in standIns) expect(stoodIn).toBe(true);
  const expected = stoodIn ? standIns[name] : whole[name]?.body;
  if (!isPartOf(answer.body, expected)) expect(answer.body).toEqual(expected);
}

/** One that is optional in most, and one that asks all of them. */
const UNDER_ALL_WORDS = Object.entries(READS).filter(([name]) => LONG || name === 'product' || name === 'mobile home');

describe.each(ScenarioWord.options)('where an upstream is %s', (word) => {
  describe.each(UNDER_ALL_WORDS)('%s', (name, { target }) => {
    let answers: Map<UpstreamName, Told>;

    // Six lanes at once: none of them may notice the others.
    beforeAll(async () => {
      const ask = async (upstream: UpstreamName) => {
        // Only who has to do with somebody late is in a hurry.
        const deadline = LATE.includes(word) && READS[name]?.calls.includes(upstream) ? HURRIED : undefined;
        return [upstream, await shop.under(`${upstream}=${word}`, target, deadline)] as const;
      };
      answers = new Map(await Promise.all(ASKED.map(ask)));
    });

    test.each(ASKED)('says what is true and no more, whatever becomes of %s', (upstream) => {
      const answer = answers.get(upstream) as Told;
      check(name, upstream, word, answer);
      const trace = recentTraces().find(({ id }) => id === answer.headers['x-request-id']);
      const unmet = trace?.calls.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'not-found');
      expect(trace?.lane).toBe(`${upstream}=${word}`);
      if (answer.status === 200 && unmet?.length) expect(answer.meta?.complete).toBe(false);
      expect(shop.reported).toEqual([]);
    });
  });
});

describe('after every scenario', () => {
  test('nothing of any of them is left in the main lane', () => {
    const { calls, flights, batches, upstreams, pools, ledger } = shop.lane();
    const sizes = [calls.size, flights.size, batches.size, upstreams.size, pools.size, ledger.size];
    expect(sizes).toEqual([0, 0, 0, 0, 0, 0]);
    expect([shop.engine.responses.size, shop.engine.keyByTarget.size]).toEqual([0, 0]);
    expect(shop.lane('catalog=drifted').ledger.size, 'the lanes themselves have seen something').toBeGreaterThan(0);
  });

  test.each(Object.entries(READS))('%s is in the main lane what it was before', async (name, { target }) => {
    const { status, text, headers } = await shop.ask(target);
    expect([status, text, headers.etag]).toEqual([200, whole[name]?.text, whole[name]?.headers.etag]);
    expect(headers['cache-control']).not.toBe('no-store');
  });

  test('breakers are shut, no retry was spent, and the ledger is what it was', () => {
    const main = shop.lane();
    expect([...main.upstreams.keys()].sort()).toEqual([...ASKED].sort());
    for (const { breaker } of main.upstreams.values()) expect(breaker.state).toBe('closed');
    const attempts = recentTraces().flatMap(({ lane, calls }) => (lane === '' ? calls : []));
    expect(Math.max(...attempts.map(({ wire }) => wire?.attempts ?? 0))).toBe(1);
    expect([...main.ledger.keys()].toSorted()).toEqual(ledger);
  });

  test('a scenario that comes back finds its own lane, and the main one answers beside it', async () => {
    const target = '/api/products/p-000042';
    const [degraded, main] = await Promise.all([shop.under('reviews=down', target), shop.ask(target)]);
    expect([degraded.meta?.complete, main.meta?.complete]).toEqual([false, true]);
    expect(main.text).toBe(whole.product?.text);
  });
});
