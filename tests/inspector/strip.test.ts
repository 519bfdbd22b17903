import { expect, test } from 'vitest';
import { stripFigures } from '#inspector/strip-figures.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';

const wire = (bytesIn: number, owner = 'r-1') => ({
  attempts: 1,
  status: 200,
  bytesOut: 0,
  bytesIn,
  queue: 0,
  send: 1,
  read: 1,
  parse: 1,
  deadline: 500,
  batched: 0,
  began: 0,
  owner,
  tries: [],
});
const call = (section: string, upstream: string, more: Partial<CallTrace> = {}): CallTrace => ({
  section,
  upstream,
  call: 'GET things/{}',
  cache: 'miss',
  start: 0,
  duration: 10,
  outcome: 'ok',
  personal: false,
  ...more,
});
const trace = (more: Partial<RequestTrace> = {}): RequestTrace => ({
  id: 'r-1',
  page: 'page-1',
  at: 1_000,
  method: 'PAGE',
  target: '/api/things',
  operation: 'getThings',
  lane: '',
  status: 200,
  duration: 40,
  deadline: 500,
  bytesOut: 300,
  cache: 'miss',
  sections: {},
  calls: [],
  ...more,
});

test('a page that read nothing has no figures', () => expect(stripFigures([])).toBeUndefined());

test('what several reads have cost is added up, and an exchange that they share counts once', () => {
  const shared = wire(900);
  const one = trace({
    calls: [call('price', 'pricing', { wire: shared }), call('stock', 'inventory', { wire: wire(100) })],
  });
  const other = trace({
    id: 'r-2',
    at: 1_030,
    duration: 30,
    bytesOut: 200,
    calls: [call('prices', 'pricing', { wire: shared, cache: 'coalesced' })],
  });
  expect(stripFigures([other, one])).toEqual({
    upstreams: 2,
    duration: 70,
    bytesIn: 1_000,
    bytesOut: 500,
    complete: 3,
    of: 3,
    missing: [],
    reads: 2,
    main: 'r-1',
    page: 'page-1',
  });
});

test('what was kept has asked no upstream', () => {
  const kept = trace({ cache: 'hit' });
  const warm = trace({
    calls: [call('price', 'pricing', { cache: 'hit' }), call('stock', 'inventory', { cache: 'stale' })],
  });
  expect(stripFigures([kept, warm])).toMatchObject({ upstreams: 0, bytesIn: 0, complete: 3, of: 3 });
});

test('what is missing is counted and named, a read that failed by its operation', () => {
  const partial = trace({
    calls: [call('product', 'catalog'), call('rating', 'reviews', { outcome: 'unavailable' })],
    sections: { rating: { state: 'missing', reason: 'unavailable' } },
  });
  const failed = trace({ id: 'r-2', status: 502, operation: 'getOrders' });
  expect(stripFigures([partial, failed])).toMatchObject({ complete: 1, of: 3, missing: ['rating', 'getOrders'] });
});
