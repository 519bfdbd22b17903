import { describe, expect, test } from 'vitest';
import { allWhole, neverRefused, noneOpened } from './figures.ts';
import { type Asked, HEALTH, inLab, KEPT, type Server } from './lab.ts';
import { outcomeOf } from './outcome.ts';

const answer = (status: number, fields: readonly string[], body: string) =>
  outcomeOf(status, Buffer.from(['HTTP/1.1 …', ...fields, '', body].join('\r\n')));
const PROBLEM = 'Content-Type: application/problem+json';

describe('an answer in words', () => {
  test.each([
    [answer(200, ['content-length: 2'], '{}'), 'whole'],
    [
      answer(200, ['Section-Status: stock=stale;reason=open;since=@1659578233, related.prices=pending'], '{}'),
      'partial related.prices:pending stock:open',
    ],
    [answer(503, [PROBLEM, 'Retry-After: 1'], '{"code":"overloaded"}'), '503 overloaded'],
    [answer(503, [PROBLEM], '{"code":"overloaded"}'), '503 overloaded, ill told'],
    [
      answer(
        503,
        [PROBLEM, 'Retry-After: 1'],
        String.raw`{"detail":"The section \"price\" waits.","code":"overloaded"}`,
      ),
      '503 overloaded in price',
    ],
    [answer(503, ['Retry-After: 1'], 'Starting.'), '503 without a code, ill told'],
    [answer(504, [PROBLEM], '{"code":"upstream-timeout"}'), '504 upstream-timeout'],
  ])('%s', (seen, wanted) => expect(seen).toBe(wanted));
});

describe('breakers that opened', () => {
  const breakers = [
    { at: 100, open: ['reviews'] },
    { at: 200, open: ['catalog', 'reviews'] },
    { at: 300, open: [] },
  ];
  const seen = (...given: Partial<Parameters<typeof noneOpened>[2]>[]) =>
    noneOpened('', { breakers } as unknown as Server, ...(given as [])).seen;

  test('in all', () => expect(seen()).toBe('catalog reviews'));
  test('of others', () => expect(seen({ except: 'reviews' })).toBe('catalog'));
  test('before a moment', () => expect(seen({ until: 150 })).toBe('reviews'));
  test('one that was open already counts', () => expect(seen({ from: 150, until: 160 })).toBe('reviews'));
  test('after they closed', () => expect(seen({ from: 300 })).toBe('none'));
});

describe('the lab', () => {
  test.each([
    { upstreams: 'five', name: 'reviews', path: '/api/five/p-' },
    { upstreams: 'twelve', name: 'golf', path: '/api/golf/' },
  ] as const)(
    'starts a server over $upstreams upstreams, and hears of its breakers',
    async ({ upstreams, name, path }) => {
      await inLab({ root: process.cwd(), size: 'short', upstreams }, async (lab) => {
        const server = await lab.startServer();
        const ask = async (id: number) => {
          const target = `${path}${String(id).padStart(6, '0')}`;
          return (await fetch(`http://127.0.0.1:${server.port}${target}`)).arrayBuffer();
        };
        await ask(1);
        lab.takes(name, Number.POSITIVE_INFINITY);
        // While the server itself is slow, no timeout counts: it is asked until some do.
        for (let id = 100; !server.breakers.some(({ open }) => open.includes(name)); id += 6)
          await Promise.all([0, 1, 2, 3, 4, 5].map((more) => ask(id + more)));
        return [];
      });
    },
  );
});

describe('figures of requests', () => {
  const asked = (target: string, outcome: string): Asked => ({ due: 0, ended: 1, target, outcome });
  const held = (watched: readonly Asked[]) => neverRefused([], watched).filter(({ held }) => !held);

  test('no answers are not all complete', () => expect(allWhole('', []).held).toBe(false));
  test('a part is not complete', () => {
    const figure = allWhole('', [asked('/', 'whole'), asked('/', 'partial stock:open')]);
    expect(figure).toMatchObject({ held: false, seen: '1 of 2; 1 × partial stock:open' });
  });
  test('health that was refused once', () => {
    expect(held([asked(HEALTH, 'whole'), asked(HEALTH, '503 overloaded')])).toMatchObject([
      { seen: '1 of 2; 1 × 503 overloaded' },
    ]);
  });
  test('what is kept and is not served', () => {
    expect(held([asked(HEALTH, '404 no-such-route'), asked(KEPT, 'no answer in 10 s')])).toMatchObject([
      { seen: '0 of 1; 1 × no answer in 10 s' },
    ]);
  });
});
