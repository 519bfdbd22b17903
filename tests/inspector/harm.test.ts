import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driftRows, harmSentence, sentence, ticket } from '#inspector/drifts.ts';
import { figuresByOperation } from '#inspector/endpoints/figures.ts';
import { harmOf, isHurt } from '#kernel/telemetry/harm.ts';
import { type DriftLedger, noteDrift } from '#kernel/upstream/lane/drift.ts';
import { callOf, traceOf } from './traces.ts';

const DRIFT = { upstream: 'shop', call: 'batch prices', path: 'amount', expected: 'number', actual: 'string' };

describe('harm', () => {
  test('is what was reported of the section, or of the part in which it stands', () => {
    const traces = [
      traceOf({
        id: 'a',
        sections: { price: { state: 'stale', reason: 'contract' } },
        calls: [callOf({ outcome: 'contract' })],
      }),
      traceOf({
        id: 'b',
        sections: { related: { state: 'missing', reason: 'unavailable' } },
        calls: [callOf({ section: 'related.prices', outcome: 'unavailable' })],
      }),
      traceOf({ id: 'c', status: 502, calls: [callOf({ outcome: 'timeout' })] }),
      traceOf({ id: 'd', calls: [callOf({ outcome: 'timeout' })] }),
      traceOf({ id: 'e', sections: { prices: { state: 'missing', reason: 'timeout' } }, calls: [callOf()] }),
    ];
    expect(harmOf(traces, isHurt).map(({ section, how, trace }) => [section, how, trace])).toEqual([
      ['price', 'stale', 'a'],
      ['related', 'missing', 'b'],
      ['', 'failed', 'c'],
      ['price', 'covered', 'd'],
    ]);
  });

  test('counts answers, not calls: no more than there are, however many calls of one failed', () => {
    const calls = fc.array(
      fc.record({
        section: fc.constantFrom('a', 'b'),
        outcome: fc.constantFrom('ok', 'timeout', 'not-found', 'aborted'),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 20 }), (all) => {
        const traces = all.map((made, place) => traceOf({ id: String(place), calls: made.map(callOf) }));
        const harm = harmOf(traces, isHurt);
        for (const section of ['a', 'b']) {
          const hurt = all.filter((made) => made.some((one) => one.section === section && one.outcome === 'timeout'));
          expect(harm.find((one) => one.section === section)?.count ?? 0).toBe(hurt.length);
        }
      }),
    );
  });
});

describe('the contracts panel', () => {
  test('says what drifted in a sentence, in every lane, and whom it hurt there', () => {
    const everyday: DriftLedger = new Map();
    const drifted: DriftLedger = new Map();
    noteDrift(everyday, { ...DRIFT, path: 'colour', expected: 'nothing' });
    for (let time = 0; time < 12; time++) noteDrift(drifted, DRIFT, '12.99');
    const sections = { price: { state: 'stale', reason: 'contract' } } as const;
    const calls = [callOf({ outcome: 'contract' })];
    const { broken, unknown } = driftRows(
      [
        { name: '', ledger: everyday },
        { name: 'shop=drifted', ledger: drifted },
      ],
      [traceOf({ lane: 'shop=drifted', sections, calls }), traceOf({ sections, calls })],
    );
    expect(unknown.map(({ lane, drift }) => [lane, drift.path])).toEqual([['', 'colour']]);
    const [row, ...others] = broken;
    if (row === undefined) throw new Error('nothing broke');
    expect(others).toEqual([]);
    expect(sentence(row.drift)).toMatch(/^amount: expected number, got string, 12 times, since \d\d:\d\d UTC$/);
    expect(row.harm.map(harmSentence)).toEqual(['getThing: price was old, once']);
    const text = ticket(row);
    for (const part of ['`amount`', '`batch prices`', 'number', 'string', '`"99.99"`', '12 times', '`shop=drifted`']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('- getThing: price was old, once');
  });

  test('a ticket stays one list of Markdown, whatever an upstream sends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (value) => {
        const ledger: DriftLedger = new Map();
        noteDrift(ledger, DRIFT, value);
        const { broken } = driftRows([{ name: '', ledger }], []);
        const [row] = broken;
        if (row === undefined) throw new Error('nothing broke');
        const lines = ticket(row).split('\n');
        expect(lines.length).toBe(7);
        for (const line of lines) expect((line.match(/`/g) ?? []).length % 2).toBe(0);
      }),
    );
  });
});

test('the figures of an operation are of its requests, and none of its streams', () => {
  const figures = figuresByOperation([
    ...[5, 1, 3, 4, 2].map((duration) => traceOf({ duration })),
    traceOf({ duration: 90_000, method: 'LIVE' }),
    traceOf({ duration: 6, sections: { price: { state: 'stale', reason: 'timeout' } } }),
    traceOf({ duration: 7, status: 502 }),
    traceOf({ operation: 'getPair' }),
  ]);
  expect(figures.get('getThing')).toEqual({ requests: 7, p50: 4, p95: 7, complete: 5, failed: 1 });
  expect(figures.get('getPair')?.requests).toBe(1);
});
