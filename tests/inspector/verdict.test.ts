import { describe, expect, test } from 'vitest';
import { completenessOf } from '#inspector/requests/completeness.ts';
import { readable, shownCall, shownInput, shownTarget } from '#inspector/requests/shown-target.ts';
import { verdictOf } from '#inspector/requests/verdict.ts';
import { waterfallOf } from '#inspector/requests/waterfall.ts';
import type { WireTrace } from '#kernel/telemetry/trace.ts';
import { callOf, traceOf } from './traces.ts';

const wireOf = (more: Partial<WireTrace> = {}): WireTrace => ({
  attempts: 1,
  status: 200,
  bytesOut: 0,
  bytesIn: 100,
  queue: 0,
  send: 50,
  read: 5,
  parse: 1,
  deadline: 400,
  batched: 0,
  began: 0,
  owner: 'r-1',
  tries: [{ at: 1, took: 55, outcome: '200' }],
  ...more,
});

const thing = callOf({ section: 'thing', upstream: 'things', start: 1, duration: 20, wire: wireOf() });
const slow = callOf({ section: 'rating', upstream: 'ratings', start: 1, duration: 90, wire: wireOf() });

describe('one sentence says what bounds a request', () => {
  test('the slowest call on the critical path, and what came from the cache', () => {
    const kept = callOf({ section: 'price', upstream: 'prices', cache: 'hit', age: 8_000, start: 1, duration: 0.1 });
    const trace = traceOf({ duration: 95, calls: [thing, slow, kept] });
    const { headline, notes, help } = verdictOf(trace, { parts: ['rating'] });
    expect(headline).toBe(
      'Slowest: ratings (rating), 90 ms, on the critical path; prices (price) came from cache, 8.0 s old.',
    );
    expect(notes).toEqual(['3 calls, 110 ms of work in 95 ms.']);
    const words = help.map((one) => one.words);
    expect(words).toContain('For 70 ms nothing but ratings was under way: a faster one saves as much.');
    expect(words).toContain('Who can do without rating leaves it out (?parts=): then it is there after 25 ms.');
  });

  test('what is missing, and who is to blame', () => {
    const late = { ...slow, outcome: 'timeout', duration: 400, wire: wireOf({ attempts: 2 }) };
    const sections = { rating: { state: 'missing', reason: 'timeout' } } as const;
    const { headline, tone } = verdictOf(traceOf({ duration: 401, calls: [thing, late], sections }), { parts: [] });
    expect(headline).toBe('Ratings did not answer in time (400 ms, 2 attempts): rating is missing.');
    expect(tone).toBe('partial');
  });

  test('what broke its contract, and where', () => {
    const violations = [{ path: 'amount', expected: 'number', actual: 'string' }];
    const broken = callOf({
      section: 'price',
      upstream: 'prices',
      call: 'GET prices/{}',
      outcome: 'contract',
      start: 1,
      duration: 20,
      wire: wireOf({ violations }),
    });
    const aborted = { ...slow, outcome: 'aborted', duration: 22 };
    const trace = traceOf({ status: 502, problem: 'upstream-contract', duration: 24, calls: [broken, aborted] });
    const { headline, notes } = verdictOf(trace, { parts: [] });
    expect(headline).toBe(
      'Answered 502 (upstream-contract): prices (price) broke its contract, and nothing could stand in.',
    );
    expect(notes).toContain('prices, GET prices/{}: amount, number was due, string came.');
    expect(
      waterfallOf(trace)
        .bars.filter(({ onPath }) => onPath)
        .map(({ call }) => call.section),
    ).toEqual(['price']);
  });

  test('what broke in many items of one batch is reported once', () => {
    const violations = [{ path: 'amount', expected: 'number', actual: 'string' }];
    const wire = wireOf({ batched: 16 });
    const calls = Array.from({ length: 16 }, () =>
      callOf({ section: 'prices', outcome: 'contract', duration: 20, wire: { ...wire, violations } }),
    );
    const sections = { prices: { state: 'fallback', reason: 'contract' } } as const;
    const { notes } = verdictOf(traceOf({ duration: 21, calls, sections }), { parts: [] });
    expect(notes.filter((note) => note.includes('amount'))).toEqual([
      'shop, batch prices: amount, number was due, string came, in 16 answers.',
    ]);
  });

  test('of many fields that broke the first are named, and how many more there are', () => {
    const violations = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((path) => ({
      path,
      expected: 'number',
      actual: 'string',
    }));
    const broken = callOf({ outcome: 'contract', duration: 20, wire: wireOf({ violations }) });
    const { notes } = verdictOf(traceOf({ status: 502, duration: 21, calls: [broken] }), { parts: [] });
    expect(notes.slice(-2)).toEqual(['shop, batch prices: e, number was due, string came.', 'And 2 more fields.']);
  });

  test('who says that there is no such thing', () => {
    const nothing = callOf({ section: 'stock', upstream: 'inventory', outcome: 'not-found', duration: 9 });
    const sections = { stock: { state: 'missing', reason: 'not-found' } } as const;
    const { headline } = verdictOf(traceOf({ duration: 10, calls: [nothing], sections }), { parts: [] });
    expect(headline).toBe('Inventory has no such thing: stock is missing.');
  });

  test('that it was an override, and no breaker, and where overrides are', () => {
    const held = callOf({ section: 'rating', upstream: 'ratings', outcome: 'open', wire: wireOf({ isolated: true }) });
    const sections = {
      rating: { state: 'missing', reason: 'open' },
      hint: { state: 'missing', reason: 'shed' },
    } as const;
    const { headline, help } = verdictOf(traceOf({ calls: [held], sections }), { parts: [] });
    expect(headline).toBe(
      'Ratings is isolated by an override: rating is missing. An override leaves it out: hint is missing.',
    );
    expect(help.map(({ href }) => href)).toContain('/inspector/levers');
    const failed = verdictOf(traceOf({ status: 503, problem: 'upstream-open', calls: [held] }), { parts: [] });
    expect(failed.headline).toContain('ratings (rating) is isolated by an override, and nothing could stand in.');
  });

  test('that it was slow because it was tried twice', () => {
    const tries = [
      { at: 1, took: 20, outcome: '503' },
      { at: 30, took: 20, outcome: '200' },
    ];
    const flaky = callOf({ section: 'thing', upstream: 'things', duration: 50, wire: wireOf({ attempts: 2, tries }) });
    const { headline } = verdictOf(traceOf({ duration: 51, calls: [flaky] }), { parts: [] });
    expect(headline).toBe('Slowest: things (thing), 50 ms, 2 attempts, on the critical path.');
  });

  test.each([
    [{ cache: 'hit', duration: 0.1 } as const, 'Answered whole from our cache in 0.1 ms. No upstream was asked.'],
    [
      { status: 304, cache: 'hit', duration: 0.1 } as const,
      'The client had it already: 304 without a body, in 0.1 ms. No upstream was asked.',
    ],
    [{ status: 400, problem: 'invalid-request' }, 'Refused with 400 (invalid-request) before any upstream was asked.'],
  ])('%o without any call', (more, words) => {
    expect(verdictOf(traceOf(more), { parts: [] }).headline).toBe(words);
  });
});

describe('the time line', () => {
  test('calls of one batch stand together, and what is shared with another request begins before', () => {
    const wire = wireOf();
    const items = [1, 2, 3].map(() => callOf({ section: 'prices', start: 5, duration: 10, wire }));
    const shared = callOf({ section: 'thing', cache: 'coalesced', start: 0, duration: 10, joined: 30, wire: wireOf() });
    const { bars, from } = waterfallOf(traceOf({ duration: 20, lead: 1, calls: [...items, shared] }));
    expect(bars.map(({ call, calls }) => [call.section, calls.length])).toEqual([
      ['thing', 1],
      ['prices', 3],
    ]);
    expect(from).toBe(0);
    for (const { segments, start, end } of bars) {
      for (const segment of segments) {
        expect(segment.start).toBeGreaterThanOrEqual(start);
        expect(segment.end).toBeLessThanOrEqual(end);
      }
    }
  });

  test('what was there at once is not on the critical path, and a batch that two sections shared is work once', () => {
    const wire = wireOf();
    const kept = callOf({ section: 'thing', cache: 'hit', start: 0, duration: 0.1 });
    const one = callOf({ section: 'rating', start: 0.2, duration: 600, wire });
    const other = callOf({ section: 'related.ratings', start: 0.3, duration: 601, wire: { ...wire } });
    const { bars, work } = waterfallOf(traceOf({ duration: 602, calls: [kept, one, other] }));
    expect(bars.filter(({ onPath }) => onPath).map(({ call }) => call.section)).toEqual(['related.ratings']);
    expect(work).toBeCloseTo(601.1);
  });
});

describe('how complete an answer is', () => {
  test('counts what is reported as one once', () => {
    const calls = ['thing', 'rating', 'related.prices', 'related.items'].map((section) => callOf({ section }));
    const sections = { related: { state: 'missing', reason: 'timeout' } } as const;
    expect(completenessOf(traceOf({ calls, sections }))).toEqual({ complete: 2, of: 3 });
    expect(completenessOf(traceOf({ status: 502, calls }))).toBeUndefined();
  });
});

describe('an address as it may be shown', () => {
  const own = { template: '/api/orders/{id}', audience: 'personal' } as const;
  const everybodys = { template: '/api/products', audience: 'public' } as const;
  test.each([
    ['/api/orders/o-1?q=x', own, true, '/api/orders/{id}?q=…'],
    ['/api/orders/o-1?q=x&email=a%40b.c', own, false, '/api/orders/o-1?q=x&email=…'],
    ['/api/products?q=anna', everybodys, true, '/api/products?q=…'],
    ['/api/products?q=anna', everybodys, false, '/api/products?q=anna'],
    ['/api/nonsense/4711', undefined, true, '/…'],
  ])('%s', (target, about, exposed, shown) => {
    expect(shownTarget({ target }, about, exposed)).toBe(shown);
  });
});

test('an address is read as people write it', () => {
  expect(readable('/api/events?watch=%2Fapi%2Fx%3Fscenario%3Da%2Cb&q=%26%3Cb%3E')).toBe(
    '/api/events?watch=/api/x?scenario=a,b&q=%26%3Cb%3E',
  );
});

test('what a customer has searched for is not to be read off what is kept either', () => {
  const input = '{"category":null,"limit":24,"q":"an\\"na: x","tags":["a"]} {"accept":"anna"}';
  expect(shownInput(input, true)).not.toMatch(/na|24|null/);
  expect(shownInput(input, true)).toMatch(/"q":…/);
  expect(shownInput(input, false)).toBe(input);
  expect(shownCall('GET things?q=anna&limit=3', true)).toBe('GET things?q=…&limit=…');
});

describe('a request that was slow since this process was busy', () => {
  const parts = { parts: [] };

  test('says so, and blames no upstream for it', () => {
    const { headline, notes, help } = verdictOf(traceOf({ duration: 700, lost: 640, calls: [thing] }), parts);
    expect(headline).toBe('This process itself was busy for 640 ms of 700 ms: no upstream is to blame for that.');
    expect(notes[0]).toMatch(/^Slowest: things/);
    expect(help.map(({ href }) => href)).toEqual(['/api/ops/status']);
  });

  test('and what came to nothing for that', () => {
    const late = { ...slow, outcome: 'busy', duration: 656, wire: wireOf({ attempts: 2, lost: 640 }) };
    const sections = { rating: { state: 'missing', reason: 'busy' } } as const;
    const trace = traceOf({ duration: 660, lost: 640, calls: [thing, late], sections });
    expect(verdictOf(trace, parts).headline).toBe(
      'Ratings could not be heard: this process was busy for 640 ms: rating is missing.',
    );
    const failed = traceOf({ duration: 660, lost: 640, calls: [late], status: 503, problem: 'overloaded' });
    expect(verdictOf(failed, parts).headline).toBe(
      'Answered 503 (overloaded): ratings (rating) could not be heard: this process was busy for 640 ms, and nothing could stand in.',
    );
  });

  test('what was left out for the load, and what was refused for it', () => {
    const leftOut = callOf({ section: 'rating', upstream: 'ratings', outcome: 'busy', duration: 0 });
    const sections = { rating: { state: 'missing', reason: 'busy' } } as const;
    expect(verdictOf(traceOf({ calls: [thing, leftOut], sections }), parts).headline).toBe(
      'This process has more to do than it can do: rating is missing.',
    );
    expect(verdictOf(traceOf({ status: 503, problem: 'overloaded' }), parts).headline).toBe(
      'Refused with 503 (overloaded) in 1.0 ms: this process had as much to do as it can do. No upstream was asked.',
    );
  });

  test('but a little of it is not worth a word', () => {
    const { headline } = verdictOf(traceOf({ duration: 95, lost: 15, calls: [thing, slow] }), parts);
    expect(headline).toMatch(/^Slowest: ratings/);
  });
});
