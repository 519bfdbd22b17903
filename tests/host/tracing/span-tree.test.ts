import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Span } from '#host/tracing/span.ts';
import { spanTree } from '#host/tracing/span-tree.ts';
import { newTrace, nextSpan, spanId, type TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import type { CallTrace, RequestTrace, WireTrace } from '#kernel/telemetry/trace.ts';

const PLACE = {
  publicUrl: 'https://shop.test',
  operations: new Map([['getThing', { template: '/api/things/{id}', audience: 'public' as const }]]),
  upstreams: { shop: { url: 'http://10.0.0.7:8080/' } },
};

const wire = (context: TraceContext, tries: WireTrace['tries']): WireTrace => ({
  ...{ attempts: tries.length, status: 200, bytesOut: 0, bytesIn: 0, queue: 0, send: 0, read: 0, parse: 0 },
  ...{ deadline: 1_000, batched: 0, began: 0, owner: 'a', context, tries },
});
const call = (more: Partial<CallTrace> = {}): CallTrace => ({
  ...{ section: 'thing', upstream: 'shop', call: 'GET things/{}', cache: 'miss', start: 0, duration: 10 },
  ...{ outcome: 'ok', personal: false, ...more },
});
const request = (context: TraceContext | undefined, more: Partial<RequestTrace> = {}): RequestTrace => ({
  ...{ id: 'a', at: 1_800_000_000_000, method: 'GET', target: '/api/things/1?q=x', operation: 'getThing', lane: '' },
  ...{ status: 200, duration: 100, deadline: 1_000, bytesOut: 0, cache: 'miss', sections: {}, calls: [], context },
  ...more,
});
const spansOf = (trace: RequestTrace): readonly Span[] => spanTree(trace, PLACE)?.spans ?? [];
const named = (spans: readonly Span[], name: string) => spans.filter((span) => span.name === name);

/** Traces of any shape: some calls share a flight, some joined another request's, some are not over. */
const traces = fc
  .record({
    duration: fc.double({ min: 0, max: 5_000, noNaN: true }),
    lead: fc.option(fc.double({ min: -100, max: 5_000, noNaN: true }), { nil: undefined }),
    shared: fc.boolean(),
    calls: fc.array(
      fc.record({
        section: fc.constantFrom('shop', 'a', 'a.b', 'a.b.c', 'd', ''),
        start: fc.double({ min: 0, max: 6_000, noNaN: true }),
        duration: fc.double({ min: 0, max: 6_000, noNaN: true }),
        flight: fc.integer({ min: -3, max: 3 }),
        outcome: fc.constantFrom('ok', 'timeout', 'aborted', 'not-found'),
      }),
      { maxLength: 12 },
    ),
    tries: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 6_000, noNaN: true }),
        took: fc.double({ min: 0, max: 6_000, noNaN: true }),
        outcome: fc.constantFrom('200', '503', 'timeout', ''),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ duration, lead, shared, calls, tries }) => {
    const context = newTrace();
    const others = newTrace();
    const flights = new Map<number, WireTrace>();
    const flightOf = (flight: number) => {
      const known = flights.get(flight);
      if (known) return known;
      const made = wire(
        flight < 0 ? others : context,
        tries.map((tried) => ({ ...tried, span: nextSpan() })),
      );
      flights.set(flight, made);
      return made;
    };
    return request(context, {
      duration,
      ...(lead !== undefined && { lead }),
      ...(shared && { composer: others }),
      sections: { 'a.b': { state: 'missing', reason: 'timeout' } },
      calls: calls.map(({ flight, ...rest }) => call({ ...rest, ...(flight !== 0 && { wire: flightOf(flight) }) })),
    });
  });

test('any trace is one tree: one root, no span twice, none without its parent, each within its parent', () => {
  fc.assert(
    fc.property(traces, (trace) => {
      const spans = spansOf(trace);
      const byId = new Map(spans.map((span) => [span.id, span]));
      expect(byId.size).toBe(spans.length);
      const [root, ...below] = spans as [Span, ...Span[]];
      expect(root.parentId).toBeUndefined();
      for (const span of below) {
        const parent = byId.get(span.parentId ?? '');
        expect(parent).toBeDefined();
        expect(span.start).toBeGreaterThanOrEqual((parent as Span).start);
        expect(span.end).toBeLessThanOrEqual((parent as Span).end);
        expect(span.end).toBeGreaterThanOrEqual(span.start);
        expect(spans.indexOf(parent as Span)).toBeLessThan(spans.indexOf(span));
      }
      for (const { links } of spans)
        for (const { traceId } of links)
          expect([
            trace.context?.traceId,
            trace.composer?.traceId,
            ...trace.calls.map(({ wire }) => wire?.context?.traceId),
          ]).toContain(traceId);
    }),
  );
});

describe('a request', () => {
  test('without a place in a trace has no spans', () => {
    expect(spanTree(request(undefined), PLACE)).toBeUndefined();
  });

  test.each([
    [{ status: 502, problem: 'bad-gateway' }, true, 'bad-gateway'],
    [{ status: 500 }, true, '500'],
    [{ status: 404, problem: 'not-found' }, false, undefined],
  ])('answered %j has failed: %s', (more, failed, type) => {
    const [root] = spansOf(request(newTrace(), more));
    expect([root?.failed, root?.attributes['error.type']]).toEqual([failed, type]);
  });

  test('by a method that a client made up has none in its name', () => {
    const [root] = spansOf(request(newTrace(), { method: 'SWORDFISH', operation: '', target: '/x' }));
    expect(JSON.stringify(root)).not.toContain('SWORDFISH');
    expect([root?.name, root?.attributes['http.request.method'], root?.attributes['url.path']]).toEqual([
      'HTTP',
      '_OTHER',
      undefined,
    ]);
  });

  test('of a page is no HTTP request of its own', () => {
    const [root] = spansOf(request(newTrace(), { method: 'PAGE' }));
    expect([root?.kind, root?.name, root?.attributes['http.route']]).toEqual(['internal', 'PAGE getThing', undefined]);
  });
});

describe('a flight', () => {
  const context = newTrace();
  const tried = (outcome: string, at = 0) => ({ at, took: 4, outcome, span: nextSpan() });

  test('has a CLIENT span for each try, which says how often it was sent before', () => {
    const tries = [tried('503'), tried('timeout', 5), tried('200', 9)];
    const spans = spansOf(request(context, { calls: [call({ duration: 20, wire: wire(context, tries) })] }));
    const attempts = spans.filter(({ kind }) => kind === 'client');
    expect(attempts.map(({ id }) => id)).toEqual(tries.map(({ span }) => spanId(span)));
    expect(
      attempts.map(({ attributes: a }) => [
        a['http.request.resend_count'],
        a['http.response.status_code'],
        a['error.type'],
      ]),
    ).toEqual([
      [undefined, 503, '503'],
      [1, undefined, 'timeout'],
      [2, 200, undefined],
    ]);
    expect(attempts[0]?.attributes).toMatchObject({
      'server.address': '10.0.0.7',
      'server.port': 8_080,
      'url.template': 'things/{}',
    });
  });

  test('of another request is linked to, and its attempts are that one’s', () => {
    const other = newTrace();
    const tries = [tried('503'), tried('200')];
    const spans = spansOf(request(context, { calls: [call({ cache: 'coalesced', wire: wire(other, tries) })] }));
    expect(spans.map(({ kind }) => kind)).toEqual(['server', 'internal']);
    expect(spans[1]?.links).toEqual([{ traceId: other.traceId, spanId: spanId(tries[1]?.span as number) }]);
  });

  test('that is a batch of several calls has its attempt once', () => {
    const shared = wire(context, [tried('200')]);
    const calls = [call({ wire: shared }), call({ wire: { ...shared } })];
    const spans = spansOf(request(context, { calls }));
    expect(spans.filter(({ kind }) => kind === 'client')).toHaveLength(1);
    expect(named(spans, 'GET things/{}').flatMap(({ links }) => links)).toHaveLength(1);
  });

  test('that composed an answer for several is linked to by those that waited', () => {
    const composer = newTrace();
    const spans = spansOf(request(context, { cache: 'collapsed', composer, calls: [call()] }));
    expect(spans.map(({ links }) => links)).toEqual([[{ traceId: composer.traceId, spanId: spanId(composer.span) }]]);
  });
});

test('sections have spans where they say more than their call', () => {
  const calls = [
    call({ section: 'related.ids' }),
    call({ section: 'related.prices', start: 20 }),
    call({ section: 'stock' }),
  ];
  const sections = { stock: { state: 'missing', reason: 'timeout' } } as const;
  const spans = spansOf(request(newTrace(), { calls, sections }));
  expect(named(spans, 'related')[0]).toMatchObject({ start: spans[0]?.start, end: (spans[0]?.start ?? 0) + 30 });
  expect(named(spans, 'stock')[0]?.attributes).toMatchObject({ 'tributary.section.state': 'missing' });
  expect(named(spans, 'related.prices')).toEqual([]);
});
